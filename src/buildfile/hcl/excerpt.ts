/** Text to be scanned and where it stands in its source: what a JSON string decodes to is not what the file holds. */
import type { Source, Span } from "../../base/span.ts";

export interface Excerpt {
  readonly source: Source;
  readonly text: string;
  /** Where the character at an offset of `text` (or its end) stands in `source.text`; never decreases. */
  readonly locate: (offset: number) => number;
  /** Set when `text` is all of the source, so that offsets need no `locate`. */
  readonly whole?: true;
}

export function wholeSource(source: Source): Excerpt {
  return { source, text: source.text, locate: (offset) => offset, whole: true };
}

/** The text between two offsets, as it stands in the source. */
export function sliceOf(source: Source, range: { readonly start: number; readonly end: number }): Excerpt {
  const { start, end } = range;
  return { source, text: source.text.slice(start, end), locate: (offset) => start + offset };
}

export function spanIn(excerpt: Excerpt, start: number, end: number): Span {
  if (excerpt.whole) return { source: excerpt.source, start, end };
  return { source: excerpt.source, start: excerpt.locate(start), end: excerpt.locate(end) };
}
