/** Which stages a stage is made from, as far as the file alone says. */
import type { Dockerfile, Stage } from "./dockerfile.ts";

/**
 * The wanted stage (by name or number; the last one by default) and those it names, directly or through others, in the order of the file.
 * Names that hold variables are not followed. Empty when there is no such stage.
 */
export function neededStages({ stages }: Dockerfile, wanted: string | undefined): readonly Stage[] {
  const byName = new Map<string, Stage>();
  const sources = new Map<Stage, readonly Stage[]>();
  for (const stage of stages) {
    // Only what stands before a stage can be named in it.
    const find = (name: string) => byName.get(name.toLowerCase()) ?? numbered(stages, name, stage.index);
    sources.set(
      stage,
      namesIn(stage).flatMap((name) => find(name) ?? []),
    );
    if (stage.name !== undefined) byName.set(stage.name.toLowerCase(), stage);
  }
  const top = wanted ? (byName.get(wanted.toLowerCase()) ?? numbered(stages, wanted, stages.length)) : stages.at(-1);
  const needed = new Set(top === undefined ? [] : [top]);
  // The set grows while it is gone through: each stage is looked at once.
  for (const stage of needed) for (const source of sources.get(stage) ?? []) needed.add(source);
  return [...needed].sort((a, b) => a.index - b.index);
}

function numbered(stages: readonly Stage[], name: string, limit: number): Stage | undefined {
  const index = /^[0-9]+$/.test(name) ? Number(name) : limit;
  return index < limit ? stages[index] : undefined;
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
