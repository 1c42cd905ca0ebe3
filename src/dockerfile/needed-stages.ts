/** Which stages a stage is made from, as far as the file alone says. */
import type { Dockerfile, Stage } from "./dockerfile.ts";

/**
 * The wanted stage (by name or number; the last one by default) and those it names, directly or through others. Names that hold variables
 * are not followed. Empty when there is no such stage.
 */
export function neededStages({ stages }: Dockerfile, wanted: string | undefined): readonly Stage[] {
  const find = (name: string, limit: number): Stage | undefined => {
    const earlier = stages.slice(0, limit);
    const named = earlier.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase());
    return named ?? (/^[0-9]+$/.test(name) ? earlier[Number(name)] : undefined);
  };
  const top = wanted === undefined || wanted === "" ? stages.at(-1) : find(wanted, stages.length);
  const needed = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    for (const name of namesIn(stage)) {
      const other = find(name, stage.index);
      if (other !== undefined) visit(other);
    }
  };
  if (top !== undefined) visit(top);
  return [...needed].sort((a, b) => a.index - b.index);
}

function namesIn({ from, instructions }: Stage): readonly string[] {
  const sources = instructions.flatMap((instruction) => {
    if (instruction.keyword === "COPY") return instruction.from === undefined ? [] : [instruction.from.text];
    if (instruction.keyword !== "RUN") return [];
    return instruction.mounts.flatMap(({ fields }) =>
      fields.flatMap(({ key, value }) => (key === "from" && value !== undefined ? [value] : [])),
    );
  });
  return [from.text, ...sources];
}
