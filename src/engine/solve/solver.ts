/**
 * Does steps, each once in a run, however many builds need it. A step starts when its base and what it reads are there; steps that do not
 * need each other run at the same time. A step that nobody waits for any more is cancelled.
 */
import pLimit from "p-limit";
import { inputSteps, type Step } from "../graph/step.ts";
import type { Encoding } from "../layer/layer.ts";
import { blame } from "./blame.ts";
import type { StepObserver } from "./observer.ts";
import { performStep, type StepTools } from "./perform-step.ts";
import type { EngineServices } from "./services.ts";
import type { SolvedStep } from "./solved.ts";

export interface SolveOptions {
  /** Told of every step the result is made from. */
  readonly observer: StepObserver;
  readonly signal: AbortSignal;
  /** How the layers of the result will be written: made at once where a layer is packed. */
  readonly encoding?: Encoding;
  readonly tools: StepTools;
}

export interface SolverLimits {
  /** How many layers are packed at once: each keeps a core busy. */
  readonly pack: number;
  /** How many commands run at once: they wait for the network as often as they compute. */
  readonly run: number;
}

interface Work {
  readonly controller: AbortController;
  readonly result: Promise<SolvedStep>;
  state: "waiting" | "running" | "done";
  waiters: number;
}

type NeedOptions = Omit<SolveOptions, "observer">;

const emptyResult: SolvedStep = { layers: [] };

export class Solver {
  readonly #services: EngineServices;
  readonly #work = new Map<string, Work>();
  readonly #watchers = new Map<string, Set<StepObserver>>();
  readonly #limits: { readonly pack: ReturnType<typeof pLimit>; readonly run: ReturnType<typeof pLimit> };

  constructor(services: EngineServices, limits: SolverLimits) {
    this.#services = services;
    this.#limits = { pack: pLimit(limits.pack), run: pLimit(limits.run) };
  }

  /**
   * Rejects with what the step, or one before it, fails with; with the signal's reason when it is aborted. What was done before, by other
   * builds of the run, is told as cached.
   */
  async solve(top: Step, options: SolveOptions): Promise<SolvedStep> {
    const { observer } = options;
    const steps = stepsBelow(top);
    for (const step of steps) this.#watch(step, observer);
    try {
      return await this.#need(top, options);
    } finally {
      for (const { id } of steps) this.#unwatch(id, observer);
    }
  }

  /** What has been done of a step and of those below it. */
  async results(top: Step): Promise<readonly SolvedStep[]> {
    const works = stepsBelow(top).flatMap(({ id }) => this.#work.get(id) ?? []);
    return Promise.all(works.filter(({ state }) => state === "done").map(({ result }) => result));
  }

  #watch(step: Step, observer: StepObserver): void {
    const watchers = this.#watchers.get(step.id);
    if (watchers === undefined) this.#watchers.set(step.id, new Set([observer]));
    else watchers.add(observer);
    const { state } = this.#work.get(step.id) ?? { state: "waiting" };
    if (state !== "waiting") observer.started(step);
    if (state === "done") observer.completed(step, { cached: true });
  }

  #unwatch(id: string, observer: StepObserver): void {
    const watchers = this.#watchers.get(id);
    watchers?.delete(observer);
    if (watchers?.size === 0) this.#watchers.delete(id);
  }

  async #need(step: Step, options: NeedOptions): Promise<SolvedStep> {
    const { signal } = options;
    signal.throwIfAborted();
    const known = this.#work.get(step.id);
    const work = known === undefined || known.controller.signal.aborted ? this.#begin(step, options) : known;
    work.waiters++;
    try {
      return await untilAborted(work.result, signal);
    } finally {
      work.waiters--;
      if (work.waiters === 0 && work.state !== "done") work.controller.abort(signal.reason);
    }
  }

  #begin(step: Step, options: NeedOptions): Work {
    const controller = new AbortController();
    const progress: { state: Work["state"] } = { state: "waiting" };
    const result = this.#perform(step, { ...options, signal: controller.signal }, (state) => {
      work.state = state;
    });
    const work: Work = { controller, result, waiters: 0, ...progress };
    this.#work.set(step.id, work);
    // What failed is done again when somebody asks again.
    result.catch(() => {
      if (this.#work.get(step.id) === work) this.#work.delete(step.id);
    });
    return work;
  }

  async #perform(step: Step, options: NeedOptions, enter: (state: Work["state"]) => void): Promise<SolvedStep> {
    const { encoding, ...plain } = options;
    const { signal } = options;
    const reads = inputSteps(step);
    const [base, ...read] = await allOrNothing([
      step.base === undefined ? Promise.resolve(emptyResult) : this.#need(step.base, options),
      ...reads.map((input) => this.#need(input, plain)),
    ]);
    const byId = new Map(reads.map(({ id }, index) => [id, read[index] ?? emptyResult]));
    const limit = step.kind === "run" ? this.#limits.run : this.#limits.pack;
    const observer = this.#tellWatchers(step.id);
    return limit(async () => {
      signal.throwIfAborted();
      enter("running");
      observer.started(step);
      try {
        const { result, cached } = await performStep(step, {
          services: this.#services,
          base: base ?? emptyResult,
          input: ({ id }) => byId.get(id) ?? emptyResult,
          observer,
          signal,
          tools: options.tools,
          ...(encoding === undefined ? {} : { encoding }),
        });
        enter("done");
        observer.completed(step, { cached });
        return result;
      } catch (error) {
        const failure = blame(error, {
          span: step.span,
          step: { digest: step.id, name: step.name },
          mayMean: step.kind === "image" ? step.mayMean : undefined,
        });
        observer.failed(step, failure);
        throw failure;
      }
    });
  }

  #tellWatchers(id: string): StepObserver {
    const each = (tell: (observer: StepObserver) => void): void => {
      for (const observer of this.#watchers.get(id) ?? []) tell(observer);
    };
    return {
      started: (step) => each((observer) => observer.started(step)),
      output: (step, stream, data) => each((observer) => observer.output(step, stream, data)),
      progress: (step, progress) => each((observer) => observer.progress(step, progress)),
      warning: (step, message, hint) => each((observer) => observer.warning(step, message, hint)),
      completed: (step, result) => each((observer) => observer.completed(step, result)),
      failed: (step, error) => each((observer) => observer.failed(step, error)),
    };
  }
}

/** What a step stands on and reads, lowest first, itself last. */
export function stepsBelow(step: Step): readonly Step[] {
  const seen = new Set<string>();
  const steps: Step[] = [];
  const visit = (each: Step): void => {
    if (seen.has(each.id)) return;
    seen.add(each.id);
    if (each.base !== undefined) visit(each.base);
    for (const input of inputSteps(each)) visit(input);
    steps.push(each);
  };
  visit(step);
  return steps;
}

/** When one fails the others are still waited for, so that nothing runs on unseen. */
async function allOrNothing(works: readonly Promise<SolvedStep>[]): Promise<readonly SolvedStep[]> {
  const settled = await Promise.allSettled(works);
  return settled.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}

/** The work's own end, or the signal's reason, whichever comes first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
