/** What is wrong with a Dockerfile once its variables are known, with the lines it is about. */
import { positionAt, type Source, type Span } from "../../base/span.ts";
import type { SourceExcerpt } from "../../events/event.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { cutExcerpt } from "../../execute/source-excerpt.ts";

/** A Dockerfile and what it is called when people are shown a piece of it. */
export interface DockerfileText {
  readonly source: Source;
  /** The escape character. */
  readonly escape: string;
}

export interface ProblemOptions {
  readonly span?: Span;
  readonly hint?: string;
  readonly step?: { readonly digest: string; readonly name: string };
  readonly cause?: unknown;
}

export function problem(code: string, message: string, options: ProblemOptions = {}): BuildFailure {
  const { span, hint, step, cause } = options;
  return new BuildFailure(code, message, {
    excerpts: span === undefined ? [] : excerptOf(span),
    ...(hint === undefined ? {} : { hint }),
    ...(step === undefined ? {} : { step }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The lines of a span, marked, with some around them; before them those that make use of its text. */
export function excerptOf(span: Span): readonly SourceExcerpt[] {
  const { source, start, end } = span;
  // The end is exclusive, and a line end belongs to no line that is shown.
  const last = Math.max(start, source.text[end - 1] === "\n" ? end - 2 : end - 1);
  const range = { start: positionAt(source, start).line, end: positionAt(source, last).line };
  const excerpt = cutExcerpt(source.name, source.text, [range]);
  const used = source.usedAt === undefined ? [] : excerptOf(source.usedAt);
  return excerpt === undefined ? used : [...used, excerpt];
}
