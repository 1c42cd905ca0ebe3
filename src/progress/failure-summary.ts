/**
 * What failed, told once more when all is over: on which target, in which step, its last lines, the lines of the Dockerfile.
 * Builds that failed for the same reason are told together.
 */

import { enumerate, stripControl } from "../base/text.ts";
import type { BuildEvent, FailedOutcome, SourceExcerpt } from "../events/event.ts";
import { formatDuration } from "./format.ts";
import { oneLine } from "./one-line.ts";
import type { ProgressStyle } from "./renderer.ts";
import { type BuildModel, RunModel } from "./run-model.ts";

const shownLogLines = 20;

/** Listens to a run beside its renderer, and tells at the end. */
export class FailureSummary {
  readonly #model = new RunModel();

  readonly handle = (event: BuildEvent): void => this.#model.apply(event);

  /** Empty when nothing went wrong. Lines end in newlines. */
  render(style: ProgressStyle): string {
    const builds = [...this.#model.builds.values()];
    const failures = groupFailures(builds).map((group) => renderFailure(group, style));
    const others = builds.flatMap((build) => otherEnd(build, style));
    return [...failures, ...(others.length > 0 ? [others.join("")] : [])].join("\n");
  }
}

interface FailureGroup {
  readonly builds: readonly BuildModel[];
  readonly outcome: FailedOutcome;
}

function groupFailures(builds: readonly BuildModel[]): readonly FailureGroup[] {
  const groups = new Map<string, { readonly builds: BuildModel[]; readonly outcome: FailedOutcome }>();
  for (const build of builds) {
    if (build.outcome?.status !== "failed") continue;
    const key = `${build.outcome.step?.digest ?? ""}\n${build.outcome.code}\n${build.outcome.message}`;
    const group = groups.get(key) ?? { builds: [], outcome: build.outcome };
    group.builds.push(build);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function renderFailure({ builds, outcome }: FailureGroup, style: ProgressStyle): string {
  const names = builds.map(({ description }) => `${description.target} (${description.exporter})`);
  const lines = [`${style.error("ERROR")} ${style.bold(enumerate(names))}: ${stripControl(outcome.message)}`];
  if (outcome.step) lines.push(`  step: ${oneLine(outcome.step.name)}`);
  lines.push(...logOf(builds, outcome).map((line) => style.dim(`  │ ${line}`)));
  for (const excerpt of outcome.excerpts) lines.push(...renderSourceExcerpt(excerpt, style));
  if (outcome.hint !== undefined) lines.push(`  help: ${stripControl(outcome.hint)}`);
  return `${lines.join("\n")}\n`;
}

function logOf(builds: readonly BuildModel[], outcome: FailedOutcome): readonly string[] {
  if (!outcome.step) return [];
  for (const build of builds) {
    const lines = build.steps.get(outcome.step.digest)?.log.last ?? [];
    if (lines.length > 0) return lines.slice(-shownLogLines);
  }
  return [];
}

/** `file:line` and what is wrong there, then the numbered lines with the blamed ones marked. */
export function renderSourceExcerpt(excerpt: SourceExcerpt, style: ProgressStyle): readonly string[] {
  const marked = excerpt.lines.findIndex((line) => line.marked);
  const at = excerpt.firstLine + Math.max(0, marked);
  const width = String(excerpt.firstLine + excerpt.lines.length - 1).length;
  const note = excerpt.note === undefined ? "" : `: ${oneLine(stripControl(excerpt.note))}`;
  return [
    `  ${style.bold(`${stripControl(excerpt.file)}:${at}`)}${note}`,
    ...shownLines(excerpt).map((line, index) => {
      const text = `${String(excerpt.firstLine + index).padStart(width)} │ ${stripControl(line.text)}`;
      return line.marked ? `  ${style.error(">")} ${text}` : style.dim(`    ${text}`);
    }),
  ];
}

/** An empty last line is the line end of the one before. */
function shownLines({ lines }: SourceExcerpt): SourceExcerpt["lines"] {
  const last = lines.at(-1);
  return last?.text === "" && !last.marked ? lines.slice(0, -1) : lines;
}

function otherEnd({ description, outcome }: BuildModel, style: ProgressStyle): readonly string[] {
  const name = style.bold(`${description.target} (${description.exporter})`);
  switch (outcome?.status) {
    case "timed-out":
      return [`${style.error("ERROR")} ${name}: given up after ${formatDuration(outcome.limitMs)}\n`];
    case "blocked":
      return [`${style.warning("NOT BUILT")} ${name}: it needs ${outcome.by}\n`];
    default:
      return [];
  }
}
