/** Notices that a builder does not answer: people who wait want to know for what. */
import type { BuildEvent } from "../events/event.ts";

/** Builders that are well answer in a fraction of it. */
const patienceMs = 1500;

/** Calls `tell` when no sign of life comes in time. `heard` takes every event of the run; `end` ends the watch. */
export class Silence {
  readonly #timer: NodeJS.Timeout;

  constructor(tell: () => void) {
    this.#timer = setTimeout(tell, patienceMs);
    this.#timer.unref();
  }

  heard({ type }: BuildEvent): void {
    // Those come from here, not from the builder.
    if (type !== "run-started" && type !== "message") this.end();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
