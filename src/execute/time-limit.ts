/** The time a build may take. Only work counts: waiting for a slot, for another build or before a retry does not. */
import { TimeLimitReached } from "./cancellation.ts";
import type { Clock } from "./ports.ts";

export class TimeLimit {
  readonly #clock: Clock;
  readonly #limitMs: number | undefined;
  #leftMs: number;

  /** Without a limit, nothing is ever aborted. */
  constructor(clock: Clock, limitMs: number | undefined) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#leftMs = limitMs ?? 0;
  }

  /** Runs a part of the work; aborts the controller with a TimeLimitReached when the parts together have taken too long. */
  async during<T>(controller: AbortController, work: () => Promise<T>): Promise<T> {
    const limitMs = this.#limitMs;
    if (limitMs === undefined) return await work();
    const timer = new AbortController();
    const started = this.#clock.now();
    this.#clock.sleep(Math.max(0, this.#leftMs), timer.signal).then(
      () => controller.abort(new TimeLimitReached(limitMs)),
      () => {},
    );
    try {
      return await work();
    } finally {
      timer.abort();
      this.#leftMs -= this.#clock.now() - started;
    }
  }
}
