/** One step, when all it needs is there. */
import type { FindImported } from "../cache/cache-imports.ts";
import type { Step } from "../graph/step.ts";
import type { Encoding } from "../layer/layer.ts";
import type { AgentLease } from "./lease-agent.ts";
import type { StepObserver } from "./observer.ts";
import { performCopy } from "./perform-copy.ts";
import { performFolder } from "./perform-folder.ts";
import { performRun } from "./perform-run.ts";
import { performWorkdir } from "./perform-workdir.ts";
import type { EngineServices } from "./services.ts";
import type { SolvedStep } from "./solved.ts";

/** What only the build that a step is done for can give it. */
export interface StepTools {
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

/** Rejects with a BuildFailure when the step itself fails, else as its parts do. */
export async function performStep(step: Step, context: PerformContext): Promise<Performed> {
  switch (step.kind) {
    case "base":
      return { result: { layers: step.layers.map((layer) => ({ layer })) }, cached: true };
    case "image": {
      const { reference, platform, pull } = step;
      const onProgress = (progress: Parameters<typeof context.observer.progress>[1]): void =>
        context.observer.progress(step, progress);
      const image = await context.services.sources.image({ reference, platform, pull, onProgress }, context.signal);
      return { result: { layers: image.layers.map((layer) => ({ layer })) }, cached: true };
    }
    case "folder":
      return performFolder(step, context);
    case "copy":
      return performCopy(step, context);
    case "workdir":
      return performWorkdir(step, context);
    case "run":
      return performRun(step, context);
    default:
      return step satisfies never;
  }
}
