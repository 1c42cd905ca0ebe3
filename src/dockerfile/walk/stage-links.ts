/** Which stages `COPY --from` and mounts take files from. */
import type { Instruction } from "../instruction.ts";
import type { StageState } from "./stage-state.ts";
import { WalkError } from "./walk-error.ts";

/** Names as they hold for the whole file: of stages of one name it is the last. */
export interface StageIndex {
  readonly stages: readonly StageState[];
  readonly byName: ReadonlyMap<string, StageState>;
}

/** Adds to what the stage takes files from. Throws a WalkError for the number of a stage that is not there. */
export function linkSources(state: StageState, instructions: readonly Instruction[], index: StageIndex): void {
  for (const instruction of instructions) {
    for (const name of sourceNames(instruction)) {
      const source = findSource(name, index);
      if (source !== undefined) state.sources.add(source);
      else if (instruction.keyword === "COPY" && /^\d+$/.test(name)) {
        throw new WalkError(`invalid stage index ${name}`, instruction.span);
      }
    }
  }
}

/** A stage by its name or its number; anything else is an image, or a context. */
export function findSource(name: string, { stages, byName }: StageIndex): StageState | undefined {
  return byName.get(name.toLowerCase()) ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined);
}

/** Throws a WalkError when stages take files from each other in a circle. */
export function refuseCircles(stages: readonly StageState[]): void {
  const done = new Set<StageState>();
  for (const root of stages) {
    const path = new Set<StageState>();
    const open: { readonly state: StageState; readonly rest: Iterator<StageState> }[] = [];
    const enter = (state: StageState) => {
      path.add(state);
      open.push({ state, rest: state.sources.values() });
    };
    if (!done.has(root)) enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { value: source } = top.rest.next();
      if (source === undefined) {
        done.add(top.state);
        path.delete(top.state);
        open.pop();
      } else if (path.has(source)) {
        throw new WalkError(`circular dependency detected on stage: ${nameOf(root)}`, top.state.stage.span);
      } else if (!done.has(source)) enter(source);
    }
  }
}

export function nameOf({ stage }: StageState): string {
  return stage.name?.toLowerCase() ?? `stage-${stage.index}`;
}

function sourceNames(instruction: Instruction): readonly string[] {
  if (instruction.keyword === "COPY") return instruction.from === undefined ? [] : [instruction.from.text];
  if (instruction.keyword !== "RUN") return [];
  return instruction.mounts.flatMap(({ fields }) => fields.findLast(({ key }) => key === "from")?.value ?? []);
}
