/** Strings that are written with escapes: the text they stand for, and where each of its characters comes from. */
import type { Source } from "../../base/span.ts";
import type { Excerpt } from "../hcl/excerpt.ts";

/** A run of text and the offset where it is written. A run that an escape stands for is located at the escape. */
export interface ContentRun {
  readonly text: string;
  readonly start: number;
}

/** `end` is where the content ends in the source. */
export function contentOf(source: Source, runs: readonly ContentRun[], end: number): Excerpt {
  const first = runs[0];
  if (!first) return { source, text: "", locate: () => end };
  if (runs.length === 1 && end - first.start === first.text.length) {
    return { source, text: first.text, locate: (offset) => first.start + offset };
  }
  const offsets: number[] = [];
  let length = 0;
  for (const run of runs) {
    offsets.push(length);
    length += run.text.length;
  }
  const text = runs.map((run) => run.text).join("");
  return { source, text, locate: (offset) => (offset >= length ? end : locateIn(runs, offsets, offset)) };
}

function locateIn(runs: readonly ContentRun[], offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return (runs[low]?.start ?? 0) + offset - (offsets[low] ?? 0);
}
