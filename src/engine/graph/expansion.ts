/** Words of instructions with the variables of their stage. */
import type { Span } from "../../base/span.ts";
import { type Expanded, type ExpandOptions, expandWord, expandWords } from "../../dockerfile/expand.ts";
import { problem } from "./problem.ts";
import type { StageScope } from "./scope.ts";

export interface ExpansionOptions {
  readonly variables: ReadonlyMap<string, string>;
  /** Of the instruction, for what goes wrong. */
  readonly span: Span;
  readonly scope: Pick<StageScope, "text">;
}

/** Throws a BuildFailure for a word that has no value. */
export function expand(text: string, options: ExpansionOptions): string {
  const expanded = expandWord(text, expandOptions(options));
  refuseFailed(text, expanded, options);
  return expanded.value;
}

/** What a variable holds may be several words. */
export function expandToWords(text: string, options: ExpansionOptions): readonly string[] {
  const expanded = expandWords(text, expandOptions(options));
  refuseFailed(text, expanded, options);
  return expanded.words;
}

/** The body of a heredoc that is a file: only variables and their escapes mean something. */
export function expandText(text: string, options: ExpansionOptions): string {
  const expanded = expandWord(text, { ...expandOptions(options), escape: "\\", plainQuotes: true });
  refuseFailed("the heredoc", expanded, options);
  return expanded.value;
}

function expandOptions({ variables, scope }: ExpansionOptions): ExpandOptions {
  return { escape: scope.text.escape, variable: (name) => variables.get(name) };
}

function refuseFailed(text: string, { error }: Pick<Expanded, "error">, { span }: ExpansionOptions): void {
  if (error === undefined) return;
  throw problem("build/expansion", `${text.length > 80 ? `${text.slice(0, 80)}…` : text}: ${error}`, { span });
}
