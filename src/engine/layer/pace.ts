/** Long work in one thread: now and then it lets others have their turn, Ctrl-C and the progress among them. */
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Longest stretch of work. */
const turnMs = 20;

export class Pace {
  readonly #signal: AbortSignal;
  #ends = performance.now() + turnMs;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Ask often, it costs next to nothing; then `rest`. */
  get over(): boolean {
    return performance.now() > this.#ends;
  }

  /** Rejects with the signal's reason when nobody wants the work any more. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#ends = performance.now() + turnMs;
  }
}
