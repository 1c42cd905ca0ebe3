/** Runs a plan in front of a user: progress while it goes on, what failed at the end, results for programs. */
import { build } from "../api/build.ts";
import type { BuildEvent } from "../events/event.ts";
import { exitCodeOf } from "../execute/exit-code.ts";
import type { RunResult } from "../execute/run.ts";
import type { Plan } from "../plan/plan.ts";
import { createRenderer } from "../progress/create-renderer.ts";
import { FailureSummary } from "../progress/failure-summary.ts";
import type { ProgressClock, ProgressKind } from "../progress/renderer.ts";
import { renderMetadata, writeMetadataFile } from "../report/metadata-file.ts";
import { buildOptionsOf } from "./build-options.ts";
import type { Host } from "./command.ts";
import type { ExitCode } from "./exit-code.ts";
import { type ParsedFlags, UsageError } from "./flag.ts";
import { styleFor } from "./style.ts";

const progressKinds: readonly ProgressKind[] = ["auto", "tty", "plain", "rawjson", "quiet", "none"];

export async function runBuilds(plan: Plan, flags: ParsedFlags, host: Host): Promise<ExitCode> {
  const options = buildOptionsOf(flags, host);
  const style = await styleFor(host.stderr, host.environment);
  const kind = progressKindOf(flags, host);
  const renderer = await createRenderer({ kind, stream: host.stderr, style, clock });
  const summary = new FailureSummary();
  const onEvent = (event: BuildEvent): void => {
    summary.handle(event);
    renderer.handle(event);
  };
  let result: RunResult;
  try {
    result = await build(plan, { ...options, onEvent });
  } finally {
    renderer.close();
  }
  host.stderr.write(summary.render(style));
  await tellResults(plan, result, flags, host);
  return exitCodeOf(result);
}

/** The metadata file is written only when everything went well, as bake does; `--json` tells in any case. */
async function tellResults(plan: Plan, result: RunResult, flags: ParsedFlags, host: Host): Promise<void> {
  const file = flags.text("metadata-file");
  if (file !== undefined && exitCodeOf(result) === 0) await writeMetadataFile(file, plan, result, host);
  if (flags.switch("json")) host.stdout.write(renderMetadata(plan, result, host));
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
