/** Cuts the blamed lines, with some around them, out of a Dockerfile that a daemon sent back. */
import { stripControl } from "../base/text.ts";
import type { SourceExcerpt } from "../events/event.ts";

export interface LineRange {
  /** Both from 1 and inclusive. */
  readonly start: number;
  readonly end: number;
}

const longestLine = 500;
const mostLines = 60;

/**
 * One blamed line is shown with two before and two after it, several with one each side. undefined when no range begins inside the
 * text. A range that ends before it starts is one line.
 */
export function cutExcerpt(file: string, text: string, given: readonly LineRange[]): SourceExcerpt | undefined {
  const all = text.split("\n");
  const ranges = given.map(({ start, end }) => ({ start, end: Math.max(start, end) }));
  const first = Math.min(...ranges.map((range) => range.start));
  const last = Math.min(all.length, Math.max(...ranges.map((range) => range.end)));
  if (ranges.length === 0 || first < 1 || first > all.length) return undefined;
  const around = first === last ? 2 : 1;
  const from = Math.max(1, first - around);
  const to = Math.min(all.length, last + around, first + mostLines);
  const blamed = (line: number): boolean => ranges.some((range) => line >= range.start && line <= range.end);
  const lines = all.slice(from - 1, to).map((line, index) => ({ text: shown(line), marked: blamed(from + index) }));
  return { file, firstLine: from, lines };
}

function shown(line: string): string {
  const text = stripControl(line);
  return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
}
