/** Contexts as trees, each opened once a run. */
import type { BuildContext, ContextFiles } from "../graph/step.ts";

export class ContextTrees {
  readonly #opened = new Map<string, Promise<ContextFiles>>();

  /** One that could not be opened is tried again when it is asked for again. */
  open(context: BuildContext, signal: AbortSignal): Promise<ContextFiles> {
    const known = this.#opened.get(context.id);
    if (known !== undefined) return known;
    const opened = context.open(signal);
    this.#opened.set(context.id, opened);
    opened.catch(() => this.#opened.delete(context.id));
    return opened;
  }
}
