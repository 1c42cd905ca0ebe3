/** Text of a Dockerfile that knows where it comes from, also when it was joined from several lines. */
import type { Source, Span } from "../../base/span.ts";
import { leadingSpace, trailingSpaceStart } from "./characters.ts";

/** From `at` in the joined text on, what stands at `from` in the source. */
export interface Piece {
  readonly at: number;
  readonly from: number;
}

/** Lines joined at their continuations. */
export interface LogicalLine {
  readonly source: Source;
  readonly text: string;
  /** In order; the first is at 0. */
  readonly pieces: readonly Piece[];
}

/** A part of a logical line. */
export interface Text {
  readonly line: LogicalLine;
  /** Where it begins in the logical line. */
  readonly start: number;
  readonly text: string;
}

export function wholeLine(line: LogicalLine): Text {
  return { line, start: 0, text: line.text };
}

/** The part from `start` to `end`, which count from the beginning of the text. */
export function cut(text: Text, start: number, end: number = text.text.length): Text {
  return { line: text.line, start: text.start + start, text: text.text.slice(start, end) };
}

/** The text without white space at its ends. */
export function trimText(text: Text): Text {
  const start = leadingSpace(text.text);
  return cut(text, start, trailingSpaceStart(text.text, start));
}

/** Where in the source a part of the text stands: from its first character to its last. */
export function spanOf(text: Text, start = 0, end: number = text.text.length): Span {
  const from = sourceOffset(text.line, text.start + start);
  const to = end > start ? sourceOffset(text.line, text.start + end - 1) + 1 : from;
  return { source: text.line.source, start: from, end: to };
}

function sourceOffset({ pieces }: LogicalLine, offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const piece = pieces[low];
  return piece === undefined ? 0 : piece.from + (offset - piece.at);
}
