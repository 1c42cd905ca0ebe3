/** Several things at once, of which all are needed. */
import pLimit from "p-limit";
import { followSignal } from "../base/follow-signal.ts";

export interface AtOnce {
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

/**
 * The results in the order of the items. When one fails, the signal that the others have is aborted, and its error is thrown once nothing
 * is running any more.
 */
export async function allOrNone<Item, Result>(
  items: readonly Item[],
  { atOnce, signal }: AtOnce,
  task: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  signal.throwIfAborted();
  const limit = pLimit(atOnce);
  const failing = new AbortController();
  const unfollow = followSignal(signal, failing);
  const run = async (item: Item): Promise<Result> => {
    failing.signal.throwIfAborted();
    try {
      return await task(item, failing.signal);
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  };
  try {
    const running = items.map((item) => limit(run, item));
    await Promise.allSettled(running);
    failing.signal.throwIfAborted();
    return await Promise.all(running);
  } finally {
    unfollow();
  }
}
