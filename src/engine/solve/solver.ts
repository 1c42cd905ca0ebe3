/**
 * Does steps, each once in a run, however many builds need it. A step starts when its base and what it reads are there; steps that do not
 * need each other run at the same time. A step that nobody waits for any more is cancelled.
 */
import pLimit from "p-limit";
import { untilAborted } from "../../base/shared-task.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { inputSteps, type Step } from "../graph/step.ts";
import type { Encoding } from "../layer/layer.ts";
import { blame } from "./blame.ts";
import type { StepObserver } from "./observer.ts";
import type { StepTools } from "./perform-context.ts";
import { performStep } from "./perform-step.ts";
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

interface PerformOptions extends SolveOptions {
  readonly enter: (state: Work["state"]) => void;
}

interface Need {
  readonly step: Step | undefined;
  readonly encoding?: Encoding;
}

const emptyResult: SolvedStep = { layers: [] };

export class Solver {
  readonly #services: EngineServices;
  readonly #work = new Map<string, Work>();
  /** By the id of a step: who is told of it, each by the step as its own build has it. */
  readonly #watchers = new Map<string, Map<StepObserver, Step>>();
  /** Work that was called off and has not ended yet. */
  readonly #ending = new Map<Promise<unknown>, string>();
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
    const steps = new Map(stepsBelow(top).map((step) => [step.id, step]));
    for (const step of steps.values()) this.#watch(step, observer);
    try {
      return await this.#need(top, options);
    } catch (error) {
      await this.#ended((id) => steps.has(id));
      throw error instanceof StepFailed ? blameStep(error.failure, steps.get(error.id)) : error;
    } finally {
      for (const id of steps.keys()) this.#unwatch(id, observer);
    }
  }

  /** Resolves when nothing that was called off runs any more. */
  async idle(): Promise<void> {
    await this.#ended(() => true);
  }

  /** What is called off calls off what it waits for, so it is looked at again. */
  async #ended(concerns: (id: string) => boolean): Promise<void> {
    for (;;) {
      const ending = [...this.#ending].flatMap(([work, id]) => (concerns(id) ? [work] : []));
      if (ending.length === 0) return;
      await Promise.allSettled(ending);
    }
  }

  /** What has been done of a step and of those below it. */
  async results(top: Step): Promise<readonly SolvedStep[]> {
    const works = stepsBelow(top).flatMap(({ id }) => this.#work.get(id) ?? []);
    return Promise.all(works.filter(({ state }) => state === "done").map(({ result }) => result));
  }

  #watch(step: Step, observer: StepObserver): void {
    const watchers = this.#watchers.get(step.id);
    if (watchers === undefined) this.#watchers.set(step.id, new Map([[observer, step]]));
    else watchers.set(observer, step);
    const work = this.#work.get(step.id);
    // What is being called off is begun again.
    const state = work === undefined || work.controller.signal.aborted ? "waiting" : work.state;
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
      if (work.waiters === 0 && work.state !== "done") this.#callOff(step.id, work, signal.reason);
    }
  }

  #callOff(id: string, work: Work, reason: unknown): void {
    if (work.controller.signal.aborted) return;
    this.#ending.set(work.result, id);
    const end = (): void => {
      this.#ending.delete(work.result);
    };
    work.result.then(end, end);
    work.controller.abort(reason);
  }

  #begin(step: Step, options: NeedOptions): Work {
    const controller = new AbortController();
    const isCurrent = (): boolean => this.#work.get(step.id) === work;
    const result = this.#perform(step, {
      ...options,
      signal: controller.signal,
      observer: this.#tellWatchers(step.id, isCurrent),
      enter: (state) => {
        work.state = state;
      },
    });
    const work: Work = { controller, result, waiters: 0, state: "waiting" };
    this.#work.set(step.id, work);
    // What failed is done again when somebody asks again.
    result.catch(() => {
      if (this.#work.get(step.id) === work) this.#work.delete(step.id);
    });
    return work;
  }

  async #perform(step: Step, options: PerformOptions): Promise<SolvedStep> {
    const { encoding, tools, signal, observer, enter } = options;
    // Steps may be many on top of each other: each begins on a stack of its own.
    await Promise.resolve();
    const reads = inputSteps(step);
    const needs: readonly Need[] = [
      { step: step.base, ...(encoding === undefined ? {} : { encoding }) },
      ...reads.map((input) => ({ step: input })),
    ];
    const [base, ...read] = await allSettledOrFirstFailure(
      needs.map(({ step: needed, ...how }) =>
        needed === undefined ? Promise.resolve(emptyResult) : this.#need(needed, { tools, signal, ...how }),
      ),
    );
    const byId = new Map(reads.map(({ id }, index) => [id, read[index] ?? emptyResult]));
    const limit = step.kind === "run" ? this.#limits.run : this.#limits.pack;
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
          tools,
          ...(encoding === undefined ? {} : { encoding }),
        });
        enter("done");
        observer.completed(step, { cached });
        return result;
      } catch (error) {
        if (error instanceof BuildFailure && error.code === "build/file-changed") this.#services.contexts.forget();
        observer.failed(step, error);
        throw new StepFailed(step.id, error);
      }
    });
  }

  /** Nothing is told of work that another has taken the place of. */
  #tellWatchers(id: string, isCurrent: () => boolean): StepObserver {
    const each = (tell: (observer: StepObserver, own: Step) => void): void => {
      if (!isCurrent()) return;
      for (const [observer, own] of this.#watchers.get(id) ?? []) tell(observer, own);
    };
    return {
      started: () => each((observer, own) => observer.started(own)),
      output: (_, stream, data) => each((observer, own) => observer.output(own, stream, data)),
      progress: (_, progress) => each((observer, own) => observer.progress(own, progress)),
      warning: (_, message, hint) => each((observer, own) => observer.warning(own, message, hint)),
      completed: (_, result) => each((observer, own) => observer.completed(own, result)),
      failed: (_, error) => each((observer, own) => observer.failed(own, blameStep(error, own))),
    };
  }
}

/** A step failed; which build is told of it, and by which of its lines, is for each build to say. */
class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly id: string;
  readonly failure: unknown;

  constructor(id: string, failure: unknown) {
    super("a step failed");
    this.id = id;
    this.failure = failure;
  }
}

function blameStep(error: unknown, step: Step | undefined): unknown {
  if (step === undefined) return error;
  return blame(error, {
    span: step.span,
    step: { digest: step.id, name: step.name },
    mayMean: step.kind === "image" ? step.mayMean : undefined,
  });
}

/** What a step stands on and reads, lowest first, itself last. */
export function stepsBelow(step: Step): readonly Step[] {
  const found = new Map<string, Step>();
  const entered = new Set<string>();
  const waiting = [step];
  for (let each = waiting.at(-1); each !== undefined; each = waiting.at(-1)) {
    if (entered.has(each.id)) {
      // All that it needs has been found meanwhile.
      waiting.pop();
      found.set(each.id, found.get(each.id) ?? each);
      continue;
    }
    entered.add(each.id);
    const below = [...(each.base === undefined ? [] : [each.base]), ...inputSteps(each)];
    waiting.push(...below.filter(({ id }) => !entered.has(id)).reverse());
  }
  return [...found.values()];
}

/** What does not need the one that fails is done all the same, so that it is there the next time. */
async function allSettledOrFirstFailure(works: readonly Promise<SolvedStep>[]): Promise<readonly SolvedStep[]> {
  const settled = await Promise.allSettled(works);
  return settled.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}
