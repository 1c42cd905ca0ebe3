/** Single values of targets: contexts, platforms, annotations, limits, sizes, hosts, tags (spec section 24.3). */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { joinPath } from "../../base/path.ts";
import { parseAnnotationText } from "../../buildfile/attributes/annotation.ts";
import { isNamedOnly, isRemoteContext } from "../../buildfile/attributes/context.ts";
import { parseSizeText } from "../../buildfile/attributes/size.ts";
import { parseUlimitText } from "../../buildfile/attributes/ulimit.ts";
import type { Origin } from "../../buildfile/definition.ts";
import { parseReference } from "../../oci/reference.ts";
import { asksOnly } from "../builds.ts";
import type { Target } from "../plan.ts";
import { type ProblemCode, problem } from "../problem.ts";
import type { Facts } from "../request.ts";
import type { CheckContext } from "./context.ts";

export function checkValues(target: Target, context: CheckContext): void {
  checkContext(target, context);
  const { settings } = target;
  const report = (code: ProblemCode, attribute: string, result: Parsed<unknown>, origin: Origin | undefined): void => {
    if (result.ok) return;
    context.report.add(problem(code, `${attribute} of ${quote(target.name)}: ${result.message}`, { origin }));
  };
  target.platforms.forEach((text) => {
    report("bad-platform", "platforms", context.platform(text), settings.platforms?.origin);
  });
  settings.annotations?.forEach(({ value, origin }) => {
    if (value !== "") report("bad-annotation", "annotations", checkAnnotation(value, context), origin);
  });
  settings.ulimits?.forEach(({ value, origin }) => {
    if (value !== "") report("bad-ulimit", "ulimits", parseUlimitText(value), origin);
  });
  const { shmSize, resources: { memory, "memory-swap": swap } = {} } = target;
  if (shmSize !== undefined) report("bad-size", "shm-size", parseSizeText(shmSize), settings["shm-size"]?.origin);
  if (memory !== undefined) report("bad-size", "resources.memory", parseSizeText(memory), settings.resources?.origin);
  if (swap !== undefined && swap !== "-1") {
    report("bad-size", "resources.memory-swap", parseSizeText(swap), settings.resources?.origin);
  }
  if (!context.building) return;
  report("bad-network", "network", checkNetwork(target.network ?? ""), settings.network?.origin);
  settings["extra-hosts"]?.forEach(({ value, origin }, host) => {
    report("bad-extra-host", `extra-hosts.${host}`, checkAddresses(value), origin);
  });
  for (const tag of target.tags) report("bad-tag", `the tag ${quote(tag)}`, parseReference(tag), settings.tags?.origin);
}

function checkContext(target: Target, { building, buildSeverity, facts, report }: CheckContext): void {
  const { name, context, settings, remote } = target;
  const origin = settings.context?.origin;
  if (context === "-") report.add(fromStdin(name, "context", origin));
  else if (isNamedOnly(context)) {
    const message = `the context of ${quote(name)} cannot be ${quote(context)}`;
    const hint = `give it a name: contexts = { base = ${quote(context)} }, and FROM base in the Dockerfile`;
    report.add(problem("unsupported-context", message, { origin, hint, severity: buildSeverity }));
  } else if (building && remote?.context !== undefined) {
    if (/^\.\.(?:\/|$)/.test(remote.context)) {
      const message = `the context ${quote(context)} of ${quote(name)} leads out of ${remote.tree.address}`;
      const hint = `a folder of this machine is "cwd://FOLDER"`;
      report.add(problem("context-not-found", message, { origin, hint }));
    }
  } else if (building && !isRemoteContext(context)) {
    const there = facts.look(context);
    if (there?.kind !== "folder") {
      const message = `the context ${quote(context)} of ${quote(name)} ${there === undefined ? "does not exist" : "is no folder"}`;
      report.add(problem("context-not-found", message, { origin, hint: `paths start from ${facts.workingFolder}` }));
    } else checkDockerfile(target, facts, report);
  }
  if (target.dockerfile === "-") report.add(fromStdin(name, "dockerfile", settings.dockerfile?.origin));
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
  const hint = dockerfileHint(target, facts, there?.kind === "folder" ? local : undefined);
  report.add(
    problem("dockerfile-not-found", message, { origin, span: origin ? undefined : target.definition.span, hint }),
  );
}

function dockerfileHint({ context, dockerfile }: Target, facts: Facts, folder: string | undefined): string {
  if (folder !== undefined) return `did you mean dockerfile = ${quote(joinPath(dockerfile, "Dockerfile"))}?`;
  // Written from the working folder although it is taken from the context.
  const doubled = dockerfile.startsWith(`${context}/`) ? dockerfile.slice(context.length + 1) : undefined;
  if (doubled !== undefined && facts.look(dockerfile)?.kind === "file") {
    return `dockerfile is relative to the context; did you mean dockerfile = ${quote(doubled)}?`;
  }
  return "say where it is with dockerfile, relative to the context, or write it into the build file with dockerfile-inline";
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function fromStdin(target: string, attribute: string, origin: Origin | undefined): ReturnType<typeof problem> {
  return problem("standard-input", `the ${attribute} of ${quote(target)} cannot be read from stdin`, {
    origin,
    hint: attribute === "dockerfile" ? "write it to a file, or use dockerfile-inline" : "unpack it into a folder",
  });
}

function checkAnnotation(text: string, context: CheckContext): Parsed<unknown> {
  const annotation = parseAnnotationText(text);
  if (!annotation.ok) return annotation;
  for (const { platform } of annotation.value.places) {
    const read = platform === undefined ? undefined : context.platform(platform);
    if (read?.ok === false) return read;
  }
  return annotation;
}

function checkNetwork(network: string): Parsed<unknown> {
  if (["", "default", "none", "host"].includes(network)) return parsed(network);
  return unparsed(`${quote(network)} is no network of a build, choose default, none or host`);
}

/** One address, several separated by commas, or the machine the build runs on. IPv6 may stand in brackets. */
function checkAddresses(text: string): Parsed<unknown> {
  const wrong = text.split(",").find((address) => address !== "host-gateway" && !isIpAddress(address.trim()));
  return wrong === undefined ? parsed(text) : unparsed(`${quote(wrong)} is no IP address and not host-gateway`);
}

function isIpAddress(text: string): boolean {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (bare.includes(":")) return /^[0-9a-fA-F:.]+$/.test(bare) && URL.canParse(`http://[${bare}]/`);
  const parts = bare.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
