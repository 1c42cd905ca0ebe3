/**
 * Places in source texts. A span holds offsets only; lines and columns are worked out when somebody looks, because
 * almost no span is ever shown.
 */

/** A text that was read, with the name it is shown under (a path as the user wrote it, `<stdin>`, `--set`). */
export interface Source {
  readonly name: string;
  readonly text: string;
  /** Where it is made use of, when that is in another text: shown along with a place in this one. */
  readonly usedAt?: Span;
}

/** The half-open range `[start, end)` of UTF-16 code units of `source.text`. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Line and column count from 1; columns count grapheme clusters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineStartsOf = new WeakMap<Source, readonly number[]>();
let graphemes: Intl.Segmenter | undefined;

/** The position of an offset (clamped to the text). Finding the line is logarithmic after the first call for a source. */
export function positionAt(source: Source, offset: number): Position {
  const at = Math.max(0, Math.min(offset, source.text.length));
  const starts = lineStarts(source);
  const line = lastAtOrBefore(starts, at);
  return { line: line + 1, column: graphemeCount(source.text.slice(starts[line], at)) + 1 };
}

/** The text of a line (from 1) without its line end; empty beyond the last line. */
export function lineText(source: Source, line: number): string {
  const starts = lineStarts(source);
  const start = starts[line - 1];
  if (start === undefined) return "";
  return source.text.slice(start, starts[line] ?? source.text.length).replace(/\r?\n$/, "");
}

/** The offset at which a line (from 1) begins; the length of the text beyond the last line. */
export function lineStart(source: Source, line: number): number {
  return lineStarts(source)[line - 1] ?? source.text.length;
}

/** The smallest span that covers both; they must be of one source. */
export function coverSpans(first: Span, last: Span): Span {
  return {
    source: first.source,
    start: Math.min(first.start, last.start),
    end: Math.max(first.end, last.end),
  };
}

/** How many user-perceived characters a text has. */
export function graphemeCount(text: string): number {
  if (isPrintableAscii(text)) return text.length;
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  let count = 0;
  for (const _ of graphemes.segment(text)) count++;
  return count;
}

function lineStarts(source: Source): readonly number[] {
  const known = lineStartsOf.get(source);
  if (known) return known;
  const starts = [0];
  for (let at = source.text.indexOf("\n"); at !== -1; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStartsOf.set(source, starts);
  return starts;
}

function lastAtOrBefore(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isPrintableAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 ? code !== 0x09 : code > 0x7e) return false;
  }
  return true;
}
