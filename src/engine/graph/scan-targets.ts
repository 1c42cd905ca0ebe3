/** What is shown to a scanner besides the result: the context and other stages, where their arguments say so. */
import { parseBoolean } from "../../base/boolean.ts";
import type { Stage } from "../../dockerfile/dockerfile.ts";
import type { StageState } from "./stage-state.ts";
import type { BuildContext, Step } from "./step.ts";

const contextArgument = "BUILDKIT_SBOM_SCAN_CONTEXT";
const stageArgument = "BUILDKIT_SBOM_SCAN_STAGE";

/** They steer a build: no command sees them, and nothing is put in for them. */
export const scanArguments: ReadonlySet<string> = new Set([contextArgument, stageArgument]);

export interface ScannedStage {
  readonly stage: Stage;
  readonly state: StageState;
}

export interface ScanTargetsOptions {
  readonly wanted: Stage;
  /** It and those that are built for it. */
  readonly stages: readonly ScannedStage[];
  /** Arguments before the first FROM, with what they were given. */
  readonly globals: ReadonlyMap<string, string>;
  readonly context: BuildContext;
  /** A stage that is the only one has no name, unless it was given one. */
  readonly isAlone: boolean;
}

/** By name: `context`, and those of stages. */
export function scanTargets(options: ScanTargetsOptions): ReadonlyMap<string, BuildContext | Step> {
  const { wanted, stages, context } = options;
  const targets = new Map<string, BuildContext | Step>();
  for (const each of stages) {
    const { stage, state } = each;
    if (stage === wanted) {
      if (isWanted(contextArgument, each, options)) targets.set("context", context);
    } else if (state.top !== undefined && isWanted(stageArgument, each, options)) {
      targets.set(nameOf(stage, options), state.top);
    }
  }
  return targets;
}

/** True, or the names of stages. What a stage declares goes before what is declared for all. */
function isWanted(argument: string, { stage, state }: ScannedStage, options: ScanTargetsOptions): boolean {
  const value = state.declared.get(argument) ?? options.globals.get(argument);
  if (value === undefined) return false;
  return parseBoolean(value) ?? value.split(",").includes(nameOf(stage, options));
}

function nameOf({ name, index }: Stage, { isAlone }: ScanTargetsOptions): string {
  return name ?? (isAlone ? "" : `stage-${index}`);
}
