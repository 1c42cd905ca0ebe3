/** What the builders of instructions share. */
import type { Diagnostic, DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import type { Instruction, Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { spanOf, type Text } from "../syntax/text.ts";

export interface Context {
  /** The file's escape character. */
  readonly escape: string;
  readonly problems: DiagnosticList;
  /** What is wrong with the instruction after ONBUILD. */
  readonly checkTrigger: (text: string) => readonly Diagnostic[];
}

/** Undefined when too much is wrong, which the context's problems say. */
export type Build = (statement: Statement, context: Context) => Instruction | undefined;

export interface Base {
  readonly span: Span;
  readonly original: string;
  readonly comments?: readonly string[];
}

export function baseOf({ span, text, comments }: Statement): Base {
  return { span, original: text.text, ...(comments.length > 0 && { comments }) };
}

export function wordOf(text: Text): Word {
  return { text: text.text, span: spanOf(text) };
}

export function keywordSpan(statement: Statement): Span {
  return spanOf(statement.keyword);
}

/** The arguments as one word; undefined, and told, when there are none. */
export function onlyArgument(statement: Statement, { problems }: Context, example: string): Word | undefined {
  if (statement.rest.text !== "") return wordOf(statement.rest);
  const name = statement.keyword.text.toUpperCase();
  problems.add(
    problem("dockerfile/missing-argument", keywordSpan(statement), `${name} needs an argument`, {
      hint: `for example: ${example}`,
    }),
  );
  return undefined;
}
