/** Dockerfiles, from text to their stages and instructions. */
import { type Checked, type Diagnostic, DiagnosticList } from "../base/diagnostic.ts";
import type { Source, Span } from "../base/span.ts";
import type { Directives, Dockerfile, Stage } from "./dockerfile.ts";
import type { ArgInstruction, Instruction } from "./instruction.ts";
import { buildInstruction } from "./instructions/build-instruction.ts";
import type { Context } from "./instructions/context.ts";
import { keywordSpan } from "./instructions/context.ts";
import { buildFrom } from "./instructions/from.ts";
import { parseCheckOptions } from "./lint/check-options.ts";
import { problem } from "./problems.ts";
import { readDirectives } from "./syntax/directives.ts";
import { readStatements, type Statement } from "./syntax/read-statements.ts";

/**
 * Everything that is wrong is told at once, in the order of the text; what could be understood is in the value all the same. Nothing is
 * expanded, and nothing is said of images, files or stages that are not there: that depends on what is built.
 */
export function parseDockerfile(source: Source): Checked<Dockerfile> {
  const problems = new DiagnosticList();
  const { directives, end } = readDirectives(source, problems);
  checkDirectives(directives, problems);
  const context = { escape: directives.escape, problems, checkTrigger };
  const { statements, emptyContinuations } = readStatements({ source, start: end, ...context });
  const globals: ArgInstruction[] = [];
  const stages: StageDraft[] = [];
  let early: Statement | undefined;
  for (const statement of statements) {
    if (isFrom(statement)) stages.push({ ...buildFrom(statement, stages.length, context), instructions: [] });
    else if (!place(statement, stages.at(-1), globals, context)) early ??= statement;
  }
  if (early !== undefined) tellBeforeFrom(early, problems);
  tellMissing(source, { statements, stages }, problems);
  const value = { source, directives, globals, stages, emptyContinuations };
  return { value, diagnostics: inOrder(problems.items) };
}

export interface InstructionOptions {
  /** What the text is shown as in messages. */
  readonly name: string;
  /** What sets it off. */
  readonly usedAt?: Span;
}

/** One instruction on its own: the trigger of an ONBUILD. Undefined when it is not exactly one, or none that may be a trigger. */
export function parseInstruction(text: string, options: InstructionOptions): Checked<Instruction | undefined> {
  const problems = new DiagnosticList();
  const source = { ...options, text };
  const { directives, end } = readDirectives(source, problems);
  const context = { escape: directives.escape, problems, checkTrigger };
  const { statements } = readStatements({ source, start: end, ...context });
  const [statement, second] = statements;
  const whole = { source, start: 0, end: text.length };
  if (statement === undefined) problems.add(problem("dockerfile/empty", whole, "there is no instruction"));
  else if (isFrom(statement)) {
    problems.add(problem("dockerfile/onbuild-forbidden", keywordSpan(statement), "FROM cannot follow ONBUILD"));
  } else if (second !== undefined) {
    problems.add(problem("dockerfile/unknown-instruction", keywordSpan(second), "a trigger is a single instruction"));
  }
  const alone = statement !== undefined && second === undefined && !isFrom(statement);
  const value = alone ? buildInstruction(statement, context) : undefined;
  return { value, diagnostics: problems.items };
}

/** By place: heredocs and directives are looked at before the rest. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
}

type StageDraft = Omit<Stage, "instructions"> & { readonly instructions: Instruction[] };

function checkTrigger(text: string): readonly Diagnostic[] {
  return parseInstruction(text, { name: "ONBUILD" }).diagnostics;
}

function isFrom(statement: Statement): boolean {
  return statement.keyword.text.toUpperCase() === "FROM";
}

/** Puts an instruction where it belongs; false when there is no such place, before the first FROM. */
function place(
  statement: Statement,
  stage: StageDraft | undefined,
  globals: ArgInstruction[],
  context: Context,
): boolean {
  const instruction = buildInstruction(statement, context);
  if (instruction === undefined) return true;
  if (stage !== undefined) stage.instructions.push(instruction);
  else if (instruction.keyword === "ARG") globals.push(instruction);
  else return false;
  return true;
}

function tellBeforeFrom(statement: Statement, problems: DiagnosticList): void {
  const name = statement.keyword.text.toUpperCase();
  const hint = "begin with FROM and the image to start from, or FROM scratch";
  problems.add(
    problem("dockerfile/before-from", keywordSpan(statement), `${name} stands before the first FROM`, { hint }),
  );
}

function checkDirectives({ check }: Directives, problems: DiagnosticList): void {
  const options = check && parseCheckOptions(check.text);
  if (!check || options?.ok !== false) return;
  const hint = "for example: # check=skip=JSONArgsRecommended;error=true";
  problems.add(problem("dockerfile/invalid-check", check.span, options.message, { hint }));
}

interface Found {
  readonly statements: readonly Statement[];
  readonly stages: readonly unknown[];
}

function tellMissing(source: Source, { statements, stages }: Found, problems: DiagnosticList): void {
  if (stages.length > 0 || problems.hasErrors) return;
  // On the last line that there is, not behind it.
  const span = { source, start: Math.max(0, source.text.length - 1), end: source.text.length };
  const hint = "begin with FROM and the image to start from, or FROM scratch";
  const empty = statements.length === 0;
  problems.add(
    empty
      ? problem("dockerfile/empty", span, "the file has no instructions", { hint })
      : problem("dockerfile/no-stage", span, "the file has no stage", { hint }),
  );
}
