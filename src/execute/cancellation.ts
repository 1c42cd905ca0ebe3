/** Why running work was told to stop: the reasons of the abort signals that execution hands out. */
import type { BuildId } from "../plan/plan.ts";

/** The run is over for this build; whose doing it was goes into its outcome. */
export class Cancellation extends Error {
  override readonly name = "Cancellation";
  readonly by: "interrupted" | "another-build-failed";

  constructor(by: "interrupted" | "another-build-failed") {
    super(by === "interrupted" ? "the run was interrupted" : "another build failed");
    this.by = by;
  }
}

/** A build that this one cannot do without did not succeed. */
export class Blocked extends Error {
  override readonly name = "Blocked";
  readonly by: BuildId;

  constructor(by: BuildId) {
    super(`${by} did not succeed`);
    this.by = by;
  }
}

/** The build used up the time it is allowed. */
export class TimeLimitReached extends Error {
  override readonly name = "TimeLimitReached";
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`the time limit of ${limitMs / 1000} s is reached`);
    this.limitMs = limitMs;
  }
}
