/** A new step on top of a stage. */
import type { StageScope } from "./scope.ts";
import { type StageState, stepName } from "./stage-state.ts";
import { type CopyStep, identify, type RunStep, type WorkdirStep } from "./step.ts";

type Given = "id" | "name" | "base" | "ignoreCache";
export type StepDefinition = Omit<CopyStep, Given> | Omit<RunStep, Given> | Omit<WorkdirStep, Given>;

/** `text` is the instruction as people are shown it. The step's id covers all it says; steps and contexts it reads stand in it by id. */
export function addStep(state: StageState, scope: StageScope, text: string, definition: StepDefinition): StageState {
  const { span: _, ...meaning } = definition;
  const step = {
    ...definition,
    id: identify({ ...meaning, base: state.top?.id, ignoreCache: scope.ignoreCache }),
    name: stepName(scope.naming, state.stepsNamed + 1, text.replaceAll("\n", " ").trim()),
    ignoreCache: scope.ignoreCache,
    ...(state.top === undefined ? {} : { base: state.top }),
  };
  return { ...state, top: step, stepsNamed: state.stepsNamed + 1 };
}
