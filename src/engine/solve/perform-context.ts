/** What a step is done with, and what comes of it. */
import type { FindImported } from "../cache/cache-imports.ts";
import type { Grants } from "../graph/grants.ts";
import type { Step } from "../graph/step.ts";
import type { Encoding } from "../layer/layer.ts";
import type { AgentLease } from "./lease-agent.ts";
import type { StepObserver } from "./observer.ts";
import type { EngineServices } from "./services.ts";
import type { SolvedStep } from "./solved.ts";

/** What only the build that a step is done for can give it. */
export interface StepTools {
  /** Equal for all builds that share the step. */
  readonly grants: Grants;
  /** Undefined when the target has no secret of that id. Rejects with a BuildFailure when it cannot be read. */
  readonly secret: (id: string) => Promise<Uint8Array | undefined>;
  /** Undefined when the target has no agent of that id. Rejects with a BuildFailure when it cannot be used. */
  readonly agent: (id: string) => Promise<AgentLease | undefined>;
  /** Steps of the caches that the build begins with. */
  readonly imported: FindImported;
}

export interface PerformContext {
  readonly services: EngineServices;
  readonly base: SolvedStep;
  readonly input: (step: Step) => SolvedStep;
  readonly observer: StepObserver;
  readonly signal: AbortSignal;
  readonly encoding?: Encoding;
  readonly tools: StepTools;
}

export interface Performed {
  readonly result: SolvedStep;
  readonly cached: boolean;
}
