/** Long work in one thread, in steps, between which the rest of the program has its turn. */
import { setImmediate } from "node:timers/promises";

const sliceMs = 20;

/** How many entries of one folder are a step at most. */
export const entriesAStep = 256;

/** Takes every step; rejects with the signal's reason between two of them once it is aborted. */
export async function runSteps(steps: Iterable<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let started = performance.now();
  for (const _ of steps) {
    if (performance.now() - started < sliceMs) continue;
    await setImmediate();
    signal.throwIfAborted();
    started = performance.now();
  }
}
