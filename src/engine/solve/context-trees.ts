/** Contexts as trees, each opened once a run. */
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import type { BuildContext, ContextFiles } from "../graph/step.ts";

export class ContextTrees {
  readonly #opened = new Map<string, SharedTask<ContextFiles>>();

  /** One that could not be opened is tried again when it is asked for again. */
  open(context: BuildContext, signal: AbortSignal): Promise<ContextFiles> {
    return shareTask(this.#opened, context.id, signal, () => context.open(signal));
  }

  /** They are looked at anew: something has changed underfoot. */
  forget(): void {
    this.#opened.clear();
  }
}
