/** One signal that follows another, without `AbortSignal.any`, which keeps memory on Node 20 for as long as the parent lives. */

/**
 * Aborts the controller, with the same reason, when the parent is aborted (at once if it is already). Returns what ends the
 * connection; call it when the followed work is over.
 */
export function followSignal(parent: AbortSignal, controller: AbortController): () => void {
  if (parent.aborted) {
    controller.abort(parent.reason);
    return () => {};
  }
  const onAbort = (): void => controller.abort(parent.reason);
  parent.addEventListener("abort", onAbort, { once: true });
  return () => parent.removeEventListener("abort", onAbort);
}
