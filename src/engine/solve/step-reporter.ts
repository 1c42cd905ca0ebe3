/** Tells one build's side of how its steps go, as events. */
import { messageOf } from "../../base/errors.ts";
import type { Redaction } from "../../base/redaction.ts";
import type { Span } from "../../base/span.ts";
import type { EventSink } from "../../events/event.ts";
import { OutputMask } from "../../execute/output-mask.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { excerptOf } from "../graph/problem.ts";
import { inputSteps, type Step } from "../graph/step.ts";
import type { StepObserver, StepProgress } from "./observer.ts";

export interface ReporterOptions {
  readonly build: string;
  readonly emit: EventSink;
  readonly now: () => number;
  readonly redaction: Redaction;
}

export interface Finding {
  readonly message: string;
  readonly detail: readonly string[];
  readonly url: string;
  readonly span: Span;
}

/** The task of a build that reads its Dockerfile. */
export const loadTaskName = "[internal] load build definition";
const loadTask = taskId(loadTaskName);

interface Known {
  readonly started: number;
  readonly mask: OutputMask;
  completed: boolean;
}

export class StepReporter implements StepObserver {
  readonly #options: ReporterOptions;
  readonly #known = new Map<string, Known>();
  #worked = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** True when nothing had to be done. */
  get cached(): boolean {
    return !this.#worked;
  }

  started(step: Step): void {
    if (step.name === "" || this.#known.has(step.id)) return;
    const started = this.#options.now();
    const mask = new OutputMask(this.#options.redaction);
    this.#known.set(step.id, { started, mask, completed: false });
    this.#tell(step, { cached: false, started });
  }

  output(step: Step, stream: "stdout" | "stderr", data: Uint8Array): void {
    const masked = this.#known.get(step.id)?.mask.take(stream, data);
    if (masked !== undefined) this.#log(step, stream, masked);
  }

  progress(step: Step, { id, current, total }: StepProgress): void {
    const { build, emit, now } = this.#options;
    const { started } = this.#known.get(step.id) ?? { started: now() };
    emit({ type: "step-status", at: now(), build, step: step.id, id, name: id, current, total, started });
  }

  warning(step: Step, message: string, hint: string): void {
    const { build, emit, now } = this.#options;
    const [excerpt] = step.span === undefined ? [] : excerptOf(step.span);
    const place = excerpt === undefined ? {} : { excerpt };
    emit({ type: "step-warning", at: now(), build, step: step.id, level: 1, message, detail: [hint], ...place });
  }

  /** Of the linter; told with the loading of the Dockerfile. */
  finding({ message, detail, url, span }: Finding): void {
    const { build, emit, now } = this.#options;
    const [excerpt] = excerptOf(span);
    const place = excerpt === undefined ? {} : { excerpt };
    emit({ type: "step-warning", at: now(), build, step: loadTask, level: 1, message, detail, url, ...place });
  }

  completed(step: Step, { cached }: { readonly cached: boolean }): void {
    const known = this.#finish(step);
    if (known === undefined) return;
    if (!cached) this.#worked = true;
    this.#tell(step, { cached, started: known.started, completed: this.#options.now() });
  }

  failed(step: Step, error: unknown): void {
    const known = this.#finish(step);
    if (known === undefined) return;
    const shown = error instanceof BuildFailure || error instanceof Error ? error : new Error(messageOf(error));
    const text = this.#options.redaction.clean(shown.message);
    this.#tell(step, { cached: false, started: known.started, completed: this.#options.now(), error: text });
  }

  /** Something that is done for the build and is no step of its Dockerfile: shown like one. */
  async task<T>(name: string, work: (onProgress: (progress: StepProgress) => void) => Promise<T>): Promise<T> {
    const step: Step = { kind: "base", id: taskId(name), name, layers: [], ignoreCache: false };
    this.started(step);
    try {
      const result = await work((progress) => this.progress(step, progress));
      const known = this.#finish(step);
      if (known !== undefined) {
        this.#tell(step, { cached: false, started: known.started, completed: this.#options.now() });
      }
      return result;
    } catch (error) {
      this.failed(step, error);
      throw error;
    }
  }

  #finish(step: Step): Known | undefined {
    const known = this.#known.get(step.id);
    if (known === undefined || known.completed) return undefined;
    known.completed = true;
    for (const { stream, data } of known.mask.rest()) this.#log(step, stream, data);
    return known;
  }

  #log(step: Step, stream: "stdout" | "stderr", data: Uint8Array): void {
    const { build, emit, now } = this.#options;
    emit({ type: "step-log", at: now(), build, step: step.id, stream, data });
  }

  #tell(
    step: Step,
    what: {
      readonly cached: boolean;
      readonly started: number;
      readonly completed?: number;
      readonly error?: string;
    },
  ): void {
    const { build, emit, now } = this.#options;
    const below = [...(step.base === undefined ? [] : [step.base]), ...inputSteps(step)];
    const inputs = below.filter(({ name }) => name !== "").map(({ id }) => id);
    emit({ type: "step", at: now(), build, digest: step.id, name: step.name, inputs, ...what });
  }
}

function taskId(name: string): string {
  return `task:${name}`;
}
