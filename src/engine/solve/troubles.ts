/** What went wrong and is being tried again, or had from elsewhere: told to whoever builds at the time. */

export class Troubles {
  readonly #listeners = new Set<(text: string) => void>();

  readonly #told = new Set<string>();

  /** Told to one listener: all of a run speak to the same user. */
  tell(text: string): void {
    const [first] = this.#listeners;
    first?.(text);
  }

  /** What is the same for several builds of a run. */
  tellOnce(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.tell(text);
  }

  /** Returns how to stop listening. */
  listen(listener: (text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
