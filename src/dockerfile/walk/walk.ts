/** What the steps of one look through a Dockerfile share. */
import type { Dockerfile } from "../dockerfile.ts";
import type { Findings } from "../lint/finding.ts";
import type { WalkFacts } from "./facts.ts";
import type { GlobalArguments } from "./global-arguments.ts";
import type { StageIndex } from "./stage-links.ts";

export interface Walk extends StageIndex {
  readonly dockerfile: Dockerfile;
  readonly facts: WalkFacts;
  readonly globals: GlobalArguments;
  readonly findings: Findings;
}
