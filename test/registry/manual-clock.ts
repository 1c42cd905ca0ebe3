import type { Clock } from "../../src/execute/ports.ts";

export interface ManualClock extends Clock {
  /** What was slept for, in milliseconds. */
  readonly slept: readonly number[];
  advance(ms: number): void;
}

/** A clock that is ahead at once wherever somebody waits. */
export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let nowMs = startMs;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      slept.push(ms);
      nowMs += ms;
    },
  };
}
