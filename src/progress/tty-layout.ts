/** What a run looks like at a moment, as lines that fit a terminal. Pure: the same model, size and time give the same lines. */
import type { Outcome } from "../events/event.ts";
import { displayWidth, fitWidth, padWidth } from "./display-width.ts";
import { formatDuration, formatSize } from "./format.ts";
import { oneLine } from "./one-line.ts";
import { outcomeWords } from "./outcome-words.ts";
import type { ProgressStyle } from "./renderer.ts";
import type { BuildModel, RunModel, StepModel } from "./run-model.ts";
import { stepLabel } from "./step-label.ts";

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Counts frames: turns the spinner. */
  readonly tick: number;
  readonly style: ProgressStyle;
  /** The last frame: everything is shown, nothing spins. */
  readonly final: boolean;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const widestName = 40;
/** Lines of output shown below a running step and below a failed one. */
const runningLog = 2;
const failedLog = 8;

export function layoutRun(model: RunModel, layout: Layout): readonly string[] {
  const builds = [...model.builds.values()];
  const names = Math.min(widestName, Math.max(0, ...builds.map(({ description }) => displayWidth(description.target))));
  const exporters = Math.max(0, ...builds.map(({ description }) => displayWidth(description.exporter)));
  const blocks = builds.map((build) => ({
    build,
    rank: rankOf(build),
    lines: buildLines(build, { ...layout, names, exporters }),
  }));
  return [header(model, builds, layout), ...chooseBlocks(blocks, layout)];
}

interface Block {
  readonly build: BuildModel;
  /** What is shown first when not everything fits: failed, running, ended, waiting. */
  readonly rank: number;
  readonly lines: readonly string[];
}

function header(model: RunModel, builds: readonly BuildModel[], layout: Layout): string {
  const took = formatDuration(layout.now - (model.started ?? layout.now));
  const ended = builds.flatMap(({ outcome }) => outcome ?? []);
  const good = ended.filter(({ status }) => status === "succeeded").length;
  const [doing, count] = layout.final
    ? ["Built", `${good} of ${builds.length} succeeded, ${took}`]
    : ["Building", `${ended.length} of ${builds.length} done, ${took}`];
  const wordsOn = (builder: string) => `${doing} on ${builder}: ${count}`;
  // The count matters more than the address behind the builder's name.
  const whole = wordsOn(model.builder);
  const words = displayWidth(whole) <= layout.columns ? whole : wordsOn(model.builder.replace(/ \(.*\)$/, ""));
  return layout.style.bold(fitWidth(words, layout.columns));
}

/** All blocks if they fit; else the most telling ones first, their details dropped before their lines are, and a count of the rest. */
function chooseBlocks(blocks: readonly Block[], layout: Layout): readonly string[] {
  const room = layout.rows - 1;
  const all = blocks.flatMap(({ lines }) => lines);
  if (all.length <= room) return all;
  const byRank = [...blocks].sort((a, b) => a.rank - b.rank);
  const chosen = new Map<Block, number>();
  let left = room - 1;
  for (const block of byRank) {
    if (left <= 0) break;
    chosen.set(block, 1);
    left--;
  }
  for (const block of byRank) {
    const more = Math.min(left, block.lines.length - 1);
    if (more <= 0 || !chosen.has(block)) continue;
    chosen.set(block, 1 + more);
    left -= more;
  }
  const shown = blocks.flatMap((block) => block.lines.slice(0, chosen.get(block) ?? 0));
  const hidden = blocks.length - chosen.size;
  return hidden > 0 ? [...shown, layout.style.dim(fitWidth(`  … and ${hidden} more`, layout.columns))] : shown;
}

interface BuildLayout extends Layout {
  readonly names: number;
  readonly exporters: number;
}

function buildLines(build: BuildModel, layout: BuildLayout): readonly string[] {
  const { style, columns } = layout;
  const name = padWidth(fitWidth(build.description.target, layout.names), layout.names);
  const head = `  ${name}  ${padWidth(build.description.exporter, layout.exporters)}  `;
  const room = columns - displayWidth(head) - 2;
  const { outcome } = build;
  if (outcome) {
    const line = `${mark(outcome, style)}${head}${fitWidth(outcomeWords(outcome), room)}`;
    return outcome.status === "failed" ? [line, ...failedLines(build, layout)] : [line];
  }
  if (build.started === undefined) return [style.dim(` ${head}waiting`)];
  const step = runningStep(build);
  const turning = layout.final ? "·" : (spinner[layout.tick % spinner.length] ?? "");
  const doing = step ? stepWords(build, step, layout.now) : transferWords(build);
  return [`${turning}${head}${fitWidth(doing, room)}`, ...logLines(step, runningLog, layout)];
}

function stepWords(build: BuildModel, step: StepModel, now: number): string {
  const done = [...build.steps.values()].filter(({ completed }) => completed !== undefined).length;
  const status = [...step.statuses.values()].findLast(({ completed }) => completed === undefined);
  const amount = status && status.total > 0 ? ` ${formatSize(status.current)} of ${formatSize(status.total)}` : "";
  return `${done}/${build.steps.size}  ${formatDuration(now - (step.started ?? now))}  ${stepLabel(step)}${amount}`;
}

function transferWords(build: BuildModel): string {
  const active = [...build.transfers].find(([, { done }]) => !done);
  return active ? `sending ${oneLine(active[0])}: ${formatSize(active[1].bytes)}` : "starting";
}

function failedLines(build: BuildModel, layout: Layout): readonly string[] {
  const failed = [...build.steps.values()].findLast(({ error }) => error !== undefined && error !== "");
  if (!failed) return [];
  const step = layout.style.error(fitWidth(`     ${stepLabel(failed)}`, layout.columns));
  return [step, ...logLines(failed, failedLog, layout)];
}

function logLines(step: StepModel | undefined, most: number, layout: Layout): readonly string[] {
  const lines = step?.log.last.slice(-most) ?? [];
  return lines.map((line) => layout.style.dim(fitWidth(`     │ ${line.replaceAll("\t", "  ")}`, layout.columns)));
}

/** The step that has been running longest: most likely what the build waits for. */
function runningStep(build: BuildModel): StepModel | undefined {
  let oldest: StepModel | undefined;
  for (const step of build.steps.values()) {
    if (step.started === undefined || step.completed !== undefined) continue;
    if (!oldest || step.started < (oldest.started ?? 0)) oldest = step;
  }
  return oldest;
}

function mark(outcome: Outcome, style: ProgressStyle): string {
  switch (outcome.status) {
    case "succeeded":
      return style.success("✔");
    case "failed":
    case "timed-out":
      return style.error("✘");
    case "blocked":
    case "cancelled":
    case "skipped":
      return style.dim("-");
  }
}

function rankOf({ outcome, started }: BuildModel): number {
  if (outcome?.status === "failed" || outcome?.status === "timed-out") return 0;
  if (outcome === undefined && started !== undefined) return 1;
  return outcome === undefined ? 3 : 2;
}
