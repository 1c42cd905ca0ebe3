/** Trying again: after 1, 2, 4 and 8 seconds, or when the server says. */
import type { IncomingHttpHeaders } from "node:http";
import type { TsbakeError } from "../base/errors.ts";
import type { Clock } from "../execute/ports.ts";

const ladderMs: readonly number[] = [1000, 2000, 4000, 8000];
/** Who is told to come back later than this is better off hearing of it. */
export const longestWaitMs: number = 120_000;

/** Trouble that another try may heal. */
export class Transient extends Error {
  /** What it is in the end, when no try helped. */
  readonly failure: TsbakeError;
  /** Tries it is worth. */
  readonly retries: number;
  /** What the server asks for. */
  readonly waitMs: number | undefined;

  constructor(failure: TsbakeError, retries: number, waitMs?: number) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.retries = retries;
    this.waitMs = waitMs;
  }
}

export interface Persistence {
  readonly clock: Clock;
  /** Default: as often as the trouble is worth. */
  readonly mostRetries?: number;
  readonly signal: AbortSignal;
  readonly onTrouble?: ((message: string) => void) | undefined;
}

/** Counts failures in a row. */
export class Ladder {
  readonly #persistence: Persistence;
  #failures = 0;

  constructor(persistence: Persistence) {
    this.#persistence = persistence;
  }

  /** It went on for a while: what fails now is the first failure again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits for as long as is right after an error; throws what the error is when there is nothing to wait for. */
  async climb(error: unknown): Promise<void> {
    const { clock, signal, onTrouble, mostRetries = ladderMs.length } = this.#persistence;
    signal.throwIfAborted();
    if (!(error instanceof Transient)) throw error;
    const { failure, retries, waitMs = 0 } = error;
    const step = ladderMs[this.#failures];
    if (step === undefined || this.#failures >= Math.min(retries, mostRetries) || waitMs > longestWaitMs) throw failure;
    this.#failures++;
    const delayMs = Math.max(step, waitMs);
    onTrouble?.(`${failure.message}; trying again in ${Math.round(delayMs / 1000)} s`);
    await clock.sleep(delayMs, signal);
  }
}

/** Runs a task until it succeeds or fails for good. */
export async function persist<T>(persistence: Persistence, task: () => Promise<T>): Promise<T> {
  const ladder = new Ladder(persistence);
  for (;;) {
    try {
      return await task();
    } catch (error) {
      await ladder.climb(error);
    }
  }
}

/** `Retry-After`, in seconds or as a date, from now; undefined when there is none. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
