/** What the steps of one look through a Dockerfile share. */
import type { Dockerfile } from "../dockerfile.ts";
import type { Findings } from "../lint/finding.ts";
import type { WalkFacts } from "./facts.ts";
import type { GlobalArguments } from "./global-arguments.ts";
import type { StageState } from "./stage-state.ts";

export interface Walk {
  readonly dockerfile: Dockerfile;
  readonly facts: WalkFacts;
  readonly globals: GlobalArguments;
  readonly findings: Findings;
  readonly stages: readonly StageState[];
}
