/** What a build ended as, from what was thrown. */
import { TsbakeError } from "../base/errors.ts";
import type { FailedOutcome, Outcome } from "../events/event.ts";
import { Blocked, Cancellation, TimeLimitReached } from "./cancellation.ts";
import { BuildFailure } from "./ports.ts";

/** The outcome of work that was told to stop, or undefined when it was not. Whatever it threw then is a consequence. */
export function outcomeOfAbort(signal: AbortSignal): Outcome | undefined {
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  if (reason instanceof TimeLimitReached) return { status: "timed-out", limitMs: reason.limitMs };
  if (reason instanceof Blocked) return { status: "blocked", by: reason.by };
  return { status: "cancelled", reason: reason instanceof Cancellation ? reason.by : "interrupted" };
}

/** The outcome of a build that failed or an environment that did. Anything else is a bug and is thrown on. */
export function outcomeOfError(error: unknown, durationMs: number): FailedOutcome {
  if (error instanceof BuildFailure) {
    return {
      status: "failed",
      durationMs,
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.step === undefined ? {} : { step: error.step }),
      excerpts: error.excerpts,
      environment: false,
    };
  }
  if (error instanceof TsbakeError) {
    return {
      status: "failed",
      durationMs,
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      excerpts: [],
      environment: true,
    };
  }
  throw error;
}

/** True when another try may succeed. */
export function isRetryable(error: unknown): boolean {
  return (error instanceof BuildFailure || error instanceof TsbakeError) && error.retryable;
}
