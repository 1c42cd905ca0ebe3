/** Where a target's files come from: its context and its Dockerfile, looked for before anybody builds (spec section 24.3). */
import { joinPath } from "../../base/path.ts";
import { nearestName } from "../../base/suggest.ts";
import { isNamedOnly, isRemoteContext } from "../../buildfile/attributes/context.ts";
import { asksOnly } from "../builds.ts";
import type { Target } from "../plan.ts";
import { problem } from "../problem.ts";
import type { Facts, FileFacts } from "../request.ts";
import type { CheckContext } from "./context.ts";

export function checkInputs(target: Target, { building, buildSeverity, facts, report }: CheckContext): void {
  const { name, context, settings, remote } = target;
  const origin = settings.context?.origin;
  if (isNamedOnly(context)) {
    const message = `the context of ${quote(name)} cannot be ${quote(context)}`;
    const hint = `give it a name: contexts = { base = ${quote(context)} }, and FROM base in the Dockerfile`;
    report.add(problem("unsupported-context", message, { origin, hint, severity: buildSeverity }));
  } else if (building && remote?.context !== undefined) {
    if (/^\.\.(?:\/|$)/.test(remote.context)) {
      const message = `the context ${quote(context)} of ${quote(name)} leads out of ${remote.tree.address}`;
      const hint = `a folder of this machine is "cwd://FOLDER"`;
      report.add(problem("context-not-found", message, { origin, hint }));
    }
  } else if (building && !isRemoteContext(context) && context !== "-") {
    const there = facts.look(context);
    if (there?.kind !== "folder") {
      const message = `the context ${quote(context)} of ${quote(name)} ${there === undefined ? "does not exist" : "is no folder"}`;
      const near = there === undefined ? nearestPath(context, facts, "folder") : undefined;
      const hint = near === undefined ? `paths start from ${facts.workingFolder}` : `did you mean ${quote(near)}?`;
      report.add(problem("context-not-found", message, { origin, hint }));
    } else checkDockerfile(target, facts, report);
  }
  // A file is for everyone who has it; what is piped in is there for one run, so the command line says it.
  if (context === "-" && origin?.kind !== "override") {
    const message = `the context of ${quote(name)} cannot be stdin in a build file`;
    const hint = `say it where it is piped in: --set ${name}.context=-`;
    report.add(problem("standard-input", message, { origin, hint }));
  }
  if (target.dockerfile === "-") {
    const message = `the dockerfile of ${quote(name)} cannot be read from stdin`;
    const hint = "write it to a file, use dockerfile-inline, or pipe it in as the context: --set TARGET.context=-";
    report.add(problem("standard-input", message, { origin: settings.dockerfile?.origin, hint }));
  }
}

/** The context is a folder here. Dockerfiles from elsewhere are looked for by the builder. */
function checkDockerfile(target: Target, facts: Facts, report: CheckContext["report"]): void {
  const { name, context, dockerfile, dockerfileInline, settings } = target;
  // A question that cannot be answered keeps nobody from asking the others.
  if (target.remote !== undefined || asksOnly(target)) return;
  if (dockerfileInline !== undefined || dockerfile === "-" || isRemoteContext(dockerfile)) return;
  const local = dockerfile.startsWith("cwd://") ? dockerfile.slice("cwd://".length) : joinPath(context, dockerfile);
  const there = facts.look(local);
  if (there !== undefined && there.kind !== "folder") return;
  // The builder takes that name, too.
  if (basename(local) === "Dockerfile" && facts.look(joinPath(local, "../dockerfile"))?.kind === "file") return;
  const origin = settings.dockerfile?.origin ?? settings.context?.origin;
  const place = dockerfile.startsWith("cwd://") ? "" : ` in the context ${quote(context)}`;
  const message = `the Dockerfile ${quote(dockerfile)} of ${quote(name)} ${there === undefined ? `does not exist${place}` : "is a folder"}`;
  const hint = dockerfileHint(target, facts, local);
  report.add(
    problem("dockerfile-not-found", message, { origin, span: origin ? undefined : target.definition.span, hint }),
  );
}

function dockerfileHint({ context, dockerfile }: Target, facts: Facts, local: string): string {
  if (facts.look(local)?.kind === "folder")
    return `did you mean dockerfile = ${quote(joinPath(dockerfile, "Dockerfile"))}?`;
  // Written from the working folder although it is taken from the context.
  const doubled = dockerfile.startsWith(`${context}/`) ? dockerfile.slice(context.length + 1) : undefined;
  if (doubled !== undefined && facts.look(dockerfile)?.kind === "file") {
    return `dockerfile is relative to the context; did you mean dockerfile = ${quote(doubled)}?`;
  }
  const near = nearestPath(local, facts, "file");
  const written = `${dockerfile.slice(0, -basename(dockerfile).length)}${basename(near ?? "")}`;
  if (near !== undefined) return `did you mean dockerfile = ${quote(written)}?`;
  if (facts.look(joinPath(context, "Dockerfile"))?.kind === "file") return 'did you mean dockerfile = "Dockerfile"?';
  return "say where it is with dockerfile, relative to the context, or write it into the build file with dockerfile-inline";
}

/** The name most like it in the same folder. */
function nearestPath(path: string, facts: Facts, kind: FileFacts["kind"]): string | undefined {
  const folder = joinPath(path, "..");
  const near = nearestName(basename(path), facts.list(folder));
  const found = near === undefined ? undefined : joinPath(folder, near);
  return found !== undefined && facts.look(found)?.kind === kind ? found : undefined;
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
