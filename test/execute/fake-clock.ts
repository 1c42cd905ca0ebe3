/** A clock that goes on only when the test says so. */
import type { Clock } from "../../src/execute/ports.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now = 1_000_000;

  readonly now = (): number => this.#now;

  readonly sleep = (delayMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const sleeper: Sleeper = { until: this.#now + delayMs, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", onAbort, { once: true });
    });

  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Lets time pass and wakes who is due. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
  }

  /** To the moment the next sleeper wakes. */
  advanceToNext(): void {
    const next = Math.min(...[...this.#sleepers].map((sleeper) => sleeper.until));
    if (Number.isFinite(next)) this.advance(next - this.#now);
  }
}
