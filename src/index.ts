/** The library: load build files, plan them, build the plan. */
export { type BuildOptions, build } from "./api/build.ts";
export { type CheckOptions, check } from "./api/check.ts";
export { type LoadOptions, load } from "./api/load.ts";
export { type PlanOptions, plan, privilegesMissing } from "./api/plan.ts";
export type { Checked, Diagnostic, RelatedPlace, Severity } from "./base/diagnostic.ts";
export { hasErrors } from "./base/diagnostic.ts";
export { TsbakeError } from "./base/errors.ts";
export { type Position, positionAt, type Source, type Span } from "./base/span.ts";
export type {
  Definition,
  FunctionDefinition,
  GlobalDefinition,
  GroupDefinition,
  Origin,
  Setting,
  TargetDefinition,
  TargetSettings,
  VariableCandidate,
  VariableDefinition,
} from "./buildfile/definition.ts";
export type { BuildEvent, BuildStatus, Outcome } from "./events/event.ts";
export { exitCodeOf } from "./execute/exit-code.ts";
export type { RunResult } from "./execute/run.ts";
export { explainTarget } from "./plan/explain/explain.ts";
export { explainVariable, type VariableAnswer } from "./plan/explain/explain-variable.ts";
export type {
  ExplainedValue,
  Explanation,
  ShownValue,
  Step,
  Use,
  UseKind,
  VariableExplanation,
} from "./plan/explain/explanation.ts";
export { type GraphBuild, type GraphTarget, graphOf, type PlanGraph } from "./plan/graph.ts";
export type { Build, Plan, Target } from "./plan/plan.ts";
export { planAsJson, printPlan } from "./plan/print-plan.ts";
