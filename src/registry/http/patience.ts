/** How long to wait for the other side. Time in which nothing is expected of it does not count. */

export class Patience {
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #onEnd: () => void;
  #waitingSince: number | undefined;
  #waitingMs: number;

  /** Does not wait yet. `onEnd` is called once, when the limit has passed without a word. */
  constructor(limitMs: number, onEnd: () => void) {
    this.#limitMs = limitMs;
    this.#waitingMs = limitMs;
    this.#onEnd = onEnd;
    // One slow timer, instead of one that is set and cleared for every piece of data.
    this.#timer = setInterval(() => this.#look(), Math.max(10, limitMs / 4));
    this.#timer.unref();
  }

  wait(limitMs: number = this.#limitMs): void {
    this.#waitingSince = performance.now();
    this.#waitingMs = limitMs;
  }

  rest(): void {
    this.#waitingSince = undefined;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#waitingSince === undefined || performance.now() - this.#waitingSince < this.#waitingMs) return;
    this.end();
    this.#onEnd();
  }
}
