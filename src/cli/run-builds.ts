/** Runs a plan in front of a user: progress while it goes on, what failed at the end, results for programs. */
import { resolve } from "node:path";
import { type BuildOptions, build } from "../api/build.ts";
import { parseBoolean } from "../base/boolean.ts";
import type { BuildEvent, StepWarningEvent } from "../events/event.ts";
import { exitCodeOf } from "../execute/exit-code.ts";
import type { RunResult } from "../execute/run.ts";
import { asksOnly } from "../plan/builds.ts";
import type { Plan } from "../plan/plan.ts";
import { createRenderer } from "../progress/create-renderer.ts";
import { FailureSummary } from "../progress/failure-summary.ts";
import type { ProgressClock, ProgressKind } from "../progress/renderer.ts";
import { renderMetadata, writeMetadataFile } from "../report/metadata-file.ts";
import { buildOptionsOf } from "./build-options.ts";
import type { Host } from "./command.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { type ParsedFlags, UsageError } from "./flag.ts";
import { Interrupted } from "./interrupt.ts";
import { Silence } from "./silence.ts";
import { styleFor } from "./style.ts";

const progressKinds: readonly ProgressKind[] = ["auto", "tty", "plain", "rawjson", "quiet", "none"];

export async function runBuilds(plan: Plan, flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const asking = [...plan.targets.values()].some(asksOnly);
  const options = {
    ...buildOptionsOf(flags, host),
    ...provenanceOption(flags, host),
    ...(asking && (await optionsToAsk(plan, flags))),
  };
  const style = await styleFor(host.stderr, host.environment);
  const renderer = await createRenderer({ kind: progressKindOf(flags, host), stream: host.stderr, style, clock });
  const summary = new FailureSummary();
  const warnings: StepWarningEvent[] = [];
  const onEvent = (event: BuildEvent): void => {
    silence.heard(event);
    if (event.type === "step-warning") warnings.push(event);
    summary.handle(event);
    renderer.handle(event);
  };
  const tell = (text: string): void => onEvent({ type: "message", at: clock.now(), level: "info", text });
  const silence = new Silence(() => tell(`waiting for ${options.builder ?? "the builder"} to answer`));
  const onInterrupt = (): void => {
    if (!(host.signal.reason instanceof Interrupted) || host.signal.reason.by !== "SIGINT") return;
    tell("cancelling; press Ctrl-C again to stop at once");
  };
  host.signal.addEventListener("abort", onInterrupt, { once: true });
  // A process that ends at once has to give the cursor back, too.
  process.once("exit", renderer.close);
  let result: RunResult;
  try {
    result = await build(plan, { ...options, onEvent, beforeCommands: runAgainInNamespace });
  } catch (error) {
    const code = await exitCodeElsewhere(error);
    if (code === undefined) throw error;
    return code;
  } finally {
    silence.end();
    host.signal.removeEventListener("abort", onInterrupt);
    process.off("exit", renderer.close);
    renderer.close();
  }
  host.stderr.write(summary.render(style));
  const wanted = parseBoolean(host.environment.BUILDX_METADATA_WARNINGS ?? "") === true;
  const sources = { builds: plan.builds, outcomes: result.outcomes, ...(wanted && { warnings }) };
  const metadata = renderMetadata(sources);
  const code = exitCodeOf(result);
  const file = flags.text("metadata-file");
  // As bake does it, only when everything went well; `--json` tells in any case.
  if (file !== undefined && code === exitCode.done)
    await writeMetadataFile(resolve(host.workingFolder, file), metadata);
  const told = asking ? await (await import("./tell-answers.ts")).tellAnswers(plan, result, flags, host) : undefined;
  if (flags.switch("json") && !told?.tookStdout) {
    host.stdout.write(metadata.endsWith("\n") ? metadata : `${metadata}\n`);
  }
  return code === exitCode.done ? (told?.status ?? code) : code;
}

/** Commands of builds need a root; in a namespace of its own every user is one. */
async function runAgainInNamespace(): Promise<void> {
  const { runInUserNamespace } = await import("../api/user-namespace.ts");
  // What has been decided and said is not decided and said again.
  await runInUserNamespace({ TSBAKE_BUILDER: "embedded" });
}

/** Of the program that ran in our place. */
async function exitCodeElsewhere(error: unknown): Promise<ExitCode | undefined> {
  if (!(error instanceof Error) || error.name !== "RanInNamespace") return undefined;
  const { RanInNamespace } = await import("../api/user-namespace.ts");
  return error instanceof RanInNamespace ? error.exitCode : undefined;
}

/** What metadata tells of how builds came about is `BUILDX_METADATA_PROVENANCE`: `max`, nothing, or, as without it, `min`. */
function provenanceOption(flags: ParsedFlags, { environment }: Host): Pick<BuildOptions, "provenance"> {
  if (flags.text("metadata-file") === undefined && !flags.switch("json")) return {};
  const wanted = environment.BUILDX_METADATA_PROVENANCE ?? "";
  if (wanted === "disabled" || parseBoolean(wanted) === false) return {};
  return { provenance: wanted === "max" ? "max" : "min" };
}

/** Questions do not depend on each other: one that cannot be answered keeps nobody from asking the others. */
async function optionsToAsk(plan: Plan, flags: ParsedFlags): Promise<Pick<BuildOptions, "onFailure">> {
  const { onlyAsks } = await import("../report/answers/answer.ts");
  return flags.text("on-failure") === undefined && onlyAsks(plan) ? { onFailure: "continue" } : {};
}

function progressKindOf(flags: ParsedFlags, host: Host): ProgressKind {
  const text = flags.text("progress") ?? (host.environment.BUILDKIT_PROGRESS || "auto");
  const kind = progressKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UsageError(`BUILDKIT_PROGRESS=${text}: unknown kind of progress`, `one of ${progressKinds.join(", ")}`);
}

const clock: ProgressClock = {
  now: Date.now,
  every: (intervalMs, tick) => {
    const timer = setInterval(tick, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
