/**
 * A look through the stages in order, as a build goes through them, without building: what variables hold, which arguments, secrets and
 * keys are used. What is wrong with style goes to the findings.
 */
import type { Dockerfile, Stage } from "../dockerfile.ts";
import { type Expanded, expandWord } from "../expand.ts";
import type { Instruction } from "../instruction.ts";
import type { Findings } from "../lint/finding.ts";
import { suggestion } from "../lint/suggest-name.ts";
import { parseInstruction } from "../parse.ts";
import type { WalkFacts } from "./facts.ts";
import { globalArguments, platformArguments } from "./global-arguments.ts";
import { linkSources, refuseCircles, type StageIndex } from "./stage-links.ts";
import { checkStagePlatform } from "./stage-platform.ts";
import { StageState } from "./stage-state.ts";
import type { Walk } from "./walk.ts";
import { WalkError } from "./walk-error.ts";
import { walkInstruction } from "./walk-instruction.ts";

export interface WalkOptions {
  readonly dockerfile: Dockerfile;
  readonly facts: WalkFacts;
  readonly findings: Findings;
  /** Also the stages that the target has no use for. */
  readonly allStages: boolean;
}

/** The target as it ends up. Throws a WalkError where a build would stop. */
export function walkStages({ dockerfile, facts, findings, allStages }: WalkOptions): StageState {
  const targetName = facts.target ?? dockerfile.stages.at(-1)?.name?.toLowerCase() ?? "";
  const start = platformArguments(facts, targetName);
  const globals = globalArguments(dockerfile, start, facts.buildArguments);
  const stages: StageState[] = [];
  const byName = new Map<string, StageState>();
  const walk: Walk = { dockerfile, facts, globals, findings, stages, byName };
  for (const stage of dockerfile.stages) {
    const state = openStage(stage, byName, walk);
    stages.push(state);
    if (stage.name !== undefined) byName.set(stage.name.toLowerCase(), state);
  }
  const target = findTarget(facts.target, stages, byName);
  const index = { stages, byName };
  for (const state of stages) linkSources(state, state.instructions, index);
  refuseCircles(stages);
  const wanted = reachableFrom(target, index, facts);
  for (const state of stages) if (allStages || wanted.has(state)) walkStage(state, walk);
  return target;
}

function openStage(stage: Stage, byName: ReadonlyMap<string, StageState>, walk: Walk): StageState {
  const from = expandInFrom(stage.from.text, stage, walk);
  if (from.error !== undefined) throw new WalkError(from.error, stage.span);
  if (from.value === "") throw new WalkError(`base name (${stage.from.text}) should not be blank`, stage.span);
  const used = new Set(from.matched);
  if (stage.platform !== undefined) {
    const platform = expandInFrom(stage.platform.text, stage, walk);
    checkStagePlatform(stage, platform, walk);
    for (const name of platform.matched) used.add(name);
  }
  const name = stage.name?.toLowerCase() ?? "";
  const replaced = name !== "scratch" && name !== "context" && walk.facts.contexts?.has(name) === true;
  const state = new StageState(stage, {
    base: replaced ? undefined : byName.get(from.value),
    from: replaced ? name : from.value,
    globals: walk.globals.declared,
  });
  if (replaced) state.instructions = [];
  for (const name of used) state.usedArguments.add(name);
  return state;
}

function expandInFrom(text: string, stage: Stage, { dockerfile, globals, findings }: Walk): Expanded {
  const expanded = expandWord(text, {
    escape: dockerfile.directives.escape,
    variable: (name) => globals.values.get(name),
  });
  const known = new Set([...globals.declared.keys(), ...globals.values.keys()]);
  for (const name of expanded.unmatched) {
    if (known.has(name)) continue;
    findings.add("UndefinedArgInFrom", stage, `FROM argument '${name}' is not declared${suggestion(name, known)}`);
  }
  return expanded;
}

function findTarget(
  wanted: string | undefined,
  stages: readonly StageState[],
  byName: ReadonlyMap<string, StageState>,
): StageState {
  const last = stages.at(-1);
  if (last === undefined) throw new Error("a parsed Dockerfile has stages");
  if (wanted === undefined || wanted === "") return last;
  const found = byName.get(wanted.toLowerCase()) ?? (/^\d+$/.test(wanted) ? stages[Number(wanted)] : undefined);
  if (found !== undefined) return found;
  const hint = suggestion(wanted, byName.keys());
  throw new WalkError(`target stage ${JSON.stringify(wanted)} could not be found${hint}`, last.stage.span);
}

/** The target and all that it is made from. What ONBUILD adds may need more stages. */
function reachableFrom(target: StageState, index: StageIndex, facts: WalkFacts): ReadonlySet<StageState> {
  const reached = new Set<StageState>([target]);
  // A set that grows while it is gone through: each stage is looked at once.
  for (const state of reached) {
    linkSources(state, addTriggers(state, facts), index);
    if (state.base !== undefined) reached.add(state.base);
    for (const source of state.sources) reached.add(source);
  }
  return reached;
}

/** What ONBUILD of the base left for this stage, told of where the stage begins. */
function addTriggers(state: StageState, facts: WalkFacts): readonly Instruction[] {
  const own = state.base?.stage.instructions.flatMap((one) => (one.keyword === "ONBUILD" ? [one.trigger] : []));
  const triggers = [...(state.base === undefined ? (facts.imageConfig?.(state.from)?.triggers ?? []) : (own ?? []))];
  const { span } = state.stage;
  const parsed = triggers.flatMap((text) => {
    const { value, diagnostics } = parseInstruction(text, { name: "ONBUILD" });
    if (value !== undefined) return [{ ...value, span }];
    throw new WalkError(diagnostics[0]?.message ?? "the trigger cannot be read", span);
  });
  if (parsed.length > 0) state.instructions = [...parsed, ...state.instructions];
  return parsed;
}

function walkStage(state: StageState, walk: Walk): void {
  if (state.base !== undefined) state.inherit();
  else startFromImage(state, walk.facts);
  for (const instruction of state.instructions) walkInstruction(instruction, state, walk);
}

function startFromImage(state: StageState, facts: WalkFacts): void {
  const image = facts.imageConfig?.(state.from);
  state.knowsEnvironment = state.from === "scratch" || image !== undefined;
  state.imageEnvironment = new Map(image?.environment);
  if (!state.imageEnvironment.has("PATH")) state.imageEnvironment.set("PATH", defaultPath);
  state.environment = new Map(state.imageEnvironment);
  state.hasShell = image?.hasShell ?? false;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
