/** The rules that need nothing but the text. */
import type { Dockerfile, Stage } from "../dockerfile.ts";
import type { ArgInstruction, Instruction } from "../instruction.ts";
import type { Findings, Place } from "./finding.ts";

export function checkSyntax(dockerfile: Dockerfile, findings: Findings): void {
  const { globals, stages, emptyContinuations = [] } = dockerfile;
  for (const span of emptyContinuations) findings.add("NoEmptyContinuation", { span }, "Empty continuation line");
  for (const instruction of globals) checkDescriptions(instruction, findings);
  for (const stage of stages) {
    checkFrom(stage, findings);
    for (const instruction of stage.instructions) checkInstruction(instruction, findings);
  }
  checkStageNames(stages, findings);
  checkCasing(stages, findings);
}

/** FROM and AS, as they are written. */
function fromKeywords(stage: Stage): { readonly from: string; readonly as: string | undefined } {
  const words = stage.original.split(/[\t\v\f\r ]+/);
  return { from: words[0] ?? "", as: stage.name === undefined ? undefined : words.at(-2) };
}

function checkFrom(stage: Stage, findings: Findings): void {
  const { name } = stage;
  const { from, as } = fromKeywords(stage);
  if (name !== undefined && name !== name.toLowerCase()) {
    findings.add("StageNameCasing", stage, `Stage name '${name}' should be lowercase`);
  }
  const lower = from === from.toLowerCase();
  const consistent = lower || from === from.toUpperCase();
  if (as !== undefined && consistent && as !== (lower ? as.toLowerCase() : as.toUpperCase())) {
    findings.add("FromAsCasing", stage, `'${as}' and '${from}' keywords' casing do not match`);
  }
  if (name !== undefined) tellDescription("FROM", [name.toLowerCase()], stage, findings);
}

function checkInstruction(instruction: Instruction, findings: Findings): void {
  if (instruction.keyword === "ARG") checkDescriptions(instruction, findings);
  if (instruction.keyword === "MAINTAINER") {
    findings.add("MaintainerDeprecated", instruction, "Maintainer instruction is deprecated in favor of using label");
  }
}

function checkDescriptions(instruction: ArgInstruction, findings: Findings): void {
  const names = instruction.items.map((item) => item.name);
  tellDescription("ARG", names, instruction, findings);
}

/** The comment right above begins with what it describes. */
function tellDescription(instruction: string, names: readonly string[], place: Place, findings: Findings): void {
  const comment = place.comments?.at(-1);
  const [first = ""] = comment?.split(" ") ?? [];
  if (comment === undefined || names.includes(first)) return;
  const example = names.length > 1 ? "<arg_key>" : names[0];
  const message = `Comment for ${instruction} should follow the format: \`# ${example} <description>\``;
  findings.add("InvalidDefinitionDescription", place, message);
}

function checkStageNames(stages: readonly Stage[], findings: Findings): void {
  const seen = new Set<string>();
  for (const stage of stages) {
    const name = stage.name?.toLowerCase();
    if (name === undefined) continue;
    if (name === "context" || name === "scratch") {
      const message = `Stage name should not use the same name as reserved stage ${JSON.stringify(name)}`;
      findings.add("ReservedStageName", stage, message);
    }
    if (seen.has(name)) {
      const message = `Duplicate stage name ${JSON.stringify(name)}, stage names should be unique`;
      findings.add("DuplicateStageName", stage, message);
    }
    seen.add(name);
  }
}

/** Most keywords decide; where there are as many of both, capitals do. */
function checkCasing(stages: readonly Stage[], findings: Findings): void {
  const keywords = stages.flatMap((stage) =>
    [stage, ...stage.instructions].map((place) => ({ place, keyword: /^\S*/.exec(place.original)?.[0] ?? "" })),
  );
  const lower = keywords.filter(({ keyword }) => keyword === keyword.toLowerCase()).length;
  const upper = keywords.filter(({ keyword }) => keyword === keyword.toUpperCase()).length;
  for (const { place, keyword } of keywords) {
    const right = lower > upper ? keyword.toLowerCase() : keyword.toUpperCase();
    if (keyword === right) continue;
    const majority = lower > upper ? "lowercase" : "uppercase";
    const message = `Command '${keyword}' should match the case of the command majority (${majority})`;
    // What a comment says of one instruction does not touch the question of all.
    findings.add("ConsistentInstructionCasing", { span: place.span }, message);
  }
}
