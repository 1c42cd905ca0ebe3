/** Waiting with an end to it. */
import { followSignal } from "../base/follow-signal.ts";

/** The time for an operation ran out. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

/**
 * Runs an operation with a signal that is aborted when the given one is, or, with a DeadlineExceeded, after the time. The operation
 * must end soon after its signal is aborted.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  timeoutMs: number,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const unfollow = followSignal(signal, controller);
  const timer = setTimeout(
    () => controller.abort(new DeadlineExceeded(`no answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    return await operation(controller.signal);
  } finally {
    clearTimeout(timer);
    unfollow();
  }
}
