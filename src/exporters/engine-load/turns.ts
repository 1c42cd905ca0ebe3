/** Who sends which layer to an engine: of several images that are loaded at a time, the first brings what they share. */

export class LoadTurns {
  readonly #sending = new Map<string, Promise<void>>();

  /**
   * Takes all of the layers upon oneself, until what is returned is called; undefined when another is sending one of them. Never a part:
   * two that each wait for the other would wait for ever.
   */
  claim(digests: ReadonlySet<string>): (() => void) | undefined {
    if ([...digests].some((digest) => this.#sending.has(digest))) return undefined;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    for (const digest of digests) this.#sending.set(digest, ended);
    return () => {
      for (const digest of digests) this.#sending.delete(digest);
      end();
    };
  }

  /** Resolves when one of those who send any of the layers is through, or the signal is aborted. */
  async change(digests: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const busy = [...digests].flatMap((digest) => this.#sending.get(digest) ?? []);
    if (busy.length === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done);
      for (const each of new Set(busy)) void each.then(done);
    });
  }
}
