/** One step, when all it needs is there. */
import type { Step } from "../graph/step.ts";
import type { PerformContext, Performed } from "./perform-context.ts";
import { performCopy } from "./perform-copy.ts";
import { performFolder } from "./perform-folder.ts";
import { performRun } from "./perform-run.ts";
import { performWorkdir } from "./perform-workdir.ts";

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
