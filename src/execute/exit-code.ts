/** The exit status a run asks for. */
import type { Outcome } from "../events/event.ts";
import type { RunResult } from "./run.ts";

/**
 * 0 done; 130 interrupted; 4 some builds failed and others published something although told to continue; 3 only the environment
 * failed; 1 a build failed.
 */
export function exitCodeOf(result: RunResult): 0 | 1 | 3 | 4 | 130 {
  const outcomes = [...result.outcomes.values()];
  if (outcomes.some((outcome) => outcome.status === "cancelled" && outcome.reason === "interrupted")) return 130;
  const failures = outcomes.filter((outcome) => outcome.status === "failed" || outcome.status === "timed-out");
  if (failures.length === 0) return outcomes.every(isHarmless) ? 0 : 1;
  if (result.onFailure === "continue" && outcomes.some(hasPublished)) return 4;
  return failures.every((outcome) => outcome.status === "failed" && outcome.environment) ? 3 : 1;
}

function isHarmless(outcome: Outcome): boolean {
  return outcome.status === "succeeded" || outcome.status === "skipped";
}

function hasPublished(outcome: Outcome): boolean {
  return outcome.status === "succeeded" && outcome.published.length > 0;
}
