/** How steps and builds are named to people. */
import { oneLine } from "./one-line.ts";
import type { RunModel, StepModel } from "./run-model.ts";

/** The name of a step in one line, control characters removed. */
export function stepLabel(step: StepModel): string {
  return oneLine(step.name);
}

/** True for a second export of a target that another build of the run has already worked on. */
export function isRepeat(model: RunModel, build: string): boolean {
  const description = model.builds.get(build)?.description;
  if (!description) return false;
  for (const other of model.builds.values()) {
    if (other.description.id === build) return false;
    if (other.description.target === description.target) return true;
  }
  return false;
}
