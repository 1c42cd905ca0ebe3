/**
 * Progress for logs: every line stands alone, begins with its target, and is never redrawn. Steps are numbered over the run, as
 * they first appear; a line `#12` is found again by its number.
 */

import { stripControl } from "../base/text.ts";
import type { BuildEvent, Outcome } from "../events/event.ts";
import { formatDuration, formatSize } from "./format.ts";
import { LogLines } from "./log-lines.ts";
import { outcomeWords } from "./outcome-words.ts";
import type { ProgressRenderer, ProgressStream } from "./renderer.ts";
import { RunModel, type StepModel } from "./run-model.ts";
import { isRepeat, stepLabel } from "./step-label.ts";

export function createPlainRenderer(stream: ProgressStream): ProgressRenderer {
  return new PlainRenderer(stream);
}

/** A node that looks a step up in its cache reports it as begun and completed at one moment, and begins it anew when it has to run. */
const lookUpMs = 1;
/** How long after its end something may still be told of a step. */
const settledMs = 20;

/** A step as the log knows it: equal steps of several builds are one, told once. */
interface LoggedStep {
  readonly number: number;
  /** The build that tells it. The others report the same output, since the node runs it once for all. */
  readonly owner: string;
  readonly log: LogLines;
  announced: boolean;
  finished: boolean;
}

class PlainRenderer implements ProgressRenderer {
  readonly #stream: ProgressStream;
  readonly #model = new RunModel();
  readonly #steps = new Map<string, LoggedStep>();
  /** Steps that have ended, as far as is known: by digest, the build that said so. Their ends are told when nothing more is to come. */
  readonly #ending = new Map<string, string>();

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  readonly handle = (event: BuildEvent): void => {
    this.#model.apply(event);
    this.#tellEnds((step) => !step.error && step.completed !== undefined && event.at - step.completed > settledMs);
    switch (event.type) {
      case "run-started":
        this.#line(
          `building ${event.builds.length === 1 ? "1 build" : `${event.builds.length} builds`} on ${event.builder}`,
        );
        return;
      case "step":
        this.#showStep(event.build, event.digest);
        return;
      case "step-log":
        this.#showLog(event);
        return;
      case "step-status":
        if (event.completed !== undefined) this.#showStatus(event);
        return;
      case "step-warning":
        this.#line(`${this.#prefix(event.build)}WARNING: ${stripControl(event.message)}`);
        return;
      case "build-retried":
        this.#line(
          `${this.#prefix(event.build)}trying again in ${formatDuration(event.delayMs)} (attempt ${event.attempt}): ${stripControl(event.reason)}`,
        );
        return;
      case "build-ended":
        this.#tellEnds((_, build) => build === event.build);
        this.#showOutcome(event.build);
        return;
      case "message":
        this.#line(`${event.level === "info" ? "" : `${event.level.toUpperCase()}: `}${stripControl(event.text)}`);
        return;
      case "build-started":
      case "transfer":
        return;
      case "run-ended":
        this.#showCount(event.at);
        return;
    }
  };

  readonly close = (): void => this.#tellEnds(() => true);

  #showStep(build: string, digest: string): void {
    const step = this.#model.step(build, digest);
    if (!step || (step.started === undefined && step.completed === undefined && step.error === undefined)) return;
    const logged = this.#logged(digest, build);
    if (step.cached && isRepeat(this.#model, build)) {
      logged.finished = true;
      return;
    }
    if (!logged.announced) {
      logged.announced = true;
      this.#tellEnds((ended) => ended !== step && !ended.error && durationOf(ended) > lookUpMs);
      this.#line(`#${logged.number} ${this.#prefix(build)}${stepLabel(step)}`);
    }
    if (logged.finished) return;
    if (step.completed === undefined) this.#ending.delete(digest);
    else if (step.cached) this.#showEnd(step, logged);
    else this.#ending.set(digest, build);
  }

  /** Tells the ends that are due. That of a step that failed waits for its build's, which says whether it is to blame. */
  #tellEnds(isDue: (step: StepModel, build: string) => boolean): void {
    for (const [digest, build] of this.#ending) {
      const step = this.#model.step(build, digest);
      if (step && isDue(step, build)) this.#showEnd(step, this.#logged(digest, build));
    }
  }

  #showEnd(step: StepModel, logged: LoggedStep): void {
    logged.finished = true;
    this.#ending.delete(step.digest);
    for (const line of logged.log.flush()) this.#line(`#${logged.number} ${line}`);
    this.#line(`#${logged.number} ${this.#isBlamed(step) ? "ERROR" : endOf(step)}`);
  }

  /** True for what the summary of failures tells, below the log. */
  #isBlamed({ digest, error }: StepModel): boolean {
    if (!error) return false;
    for (const { outcome } of this.#model.builds.values()) {
      if (outcome?.status === "failed" && outcome.step?.digest === digest) return true;
    }
    return false;
  }

  #showCount(at: number): void {
    const builds = [...this.#model.builds.values()];
    if (builds.length < 2) return;
    const good = builds.filter(({ outcome }) => outcome?.status === "succeeded").length;
    const took = formatDuration(at - (this.#model.started ?? at));
    this.#line(`${good} of ${builds.length} builds succeeded, ${took}`);
  }

  #showLog(event: Extract<BuildEvent, { type: "step-log" }>): void {
    const logged = this.#logged(event.step, event.build);
    if (logged.owner !== event.build) return;
    const elapsed = this.#elapsed(event.build, event.step, event.at);
    for (const line of logged.log.push(event.stream, event.data)) this.#line(`#${logged.number} ${elapsed} ${line}`);
  }

  #showStatus(event: Extract<BuildEvent, { type: "step-status" }>): void {
    const logged = this.#logged(event.step, event.build);
    if (logged.owner !== event.build) return;
    const size =
      event.total > 0 ? ` ${formatSize(event.total)}` : event.current > 0 ? ` ${formatSize(event.current)}` : "";
    const took = event.started === undefined ? "" : ` ${formatDuration((event.completed ?? event.at) - event.started)}`;
    this.#line(`#${logged.number} ${stripControl(event.name || event.id)}${size}${took} done`);
  }

  #showOutcome(id: string): void {
    const build = this.#model.builds.get(id);
    if (!build?.outcome) return;
    this.#line(`${this.#prefix(id)}${build.description.exporter}: ${endWords(build.outcome)}`);
  }

  #logged(digest: string, build: string): LoggedStep {
    const known = this.#steps.get(digest);
    if (known) return known;
    const step: LoggedStep = {
      number: this.#steps.size + 1,
      owner: build,
      log: new LogLines(0),
      announced: false,
      finished: false,
    };
    this.#steps.set(digest, step);
    return step;
  }

  #prefix(build: string): string {
    const target = this.#model.builds.get(build)?.description.target;
    return target === undefined ? "" : `[${target}] `;
  }

  #elapsed(build: string, digest: string, at: number): string {
    const started = this.#model.step(build, digest)?.started;
    return ((at - (started ?? at)) / 1000).toFixed(3);
  }

  #line(text: string): void {
    this.#stream.write(`${text}\n`);
  }
}

/** Why a build failed is told by the summary of failures. */
function endWords(outcome: Outcome): string {
  return outcome.status === "failed" ? `failed after ${formatDuration(outcome.durationMs)}` : outcomeWords(outcome);
}

function endOf(step: StepModel): string {
  if (step.error) return `ERROR: ${stripControl(step.error)}`;
  if (step.cached) return "CACHED";
  return `DONE ${formatDuration(durationOf(step))}`;
}

function durationOf({ started, completed }: StepModel): number {
  return (completed ?? 0) - (started ?? completed ?? 0);
}
