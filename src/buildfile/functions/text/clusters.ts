/** Grapheme clusters: what a reader calls a character. */
import { allowElements } from "../limits.ts";

let segmenter: Intl.Segmenter | undefined;

/** Made when first needed, because that takes milliseconds. */
function segments(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Every code unit of such text is a cluster. */
function isSimple(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text) && !text.includes("\r\n");
}

export function countClusters(text: string): number {
  if (isSimple(text)) return text.length;
  let count = 0;
  for (const _ of segments(text)) count++;
  return count;
}

export function reverseClusters(text: string): string {
  if (isSimple(text)) return Buffer.from(text, "latin1").reverse().toString("latin1");
  allowElements(text.length);
  return Array.from(segments(text), ({ segment }) => segment)
    .reverse()
    .join("");
}

/** From cluster `offset` on (a negative one counts from the end), `length` clusters; all of them for a negative length. */
export function sliceClusters(text: string, offset: number, length: number): string {
  const start = offset < 0 ? Math.max(0, offset + countClusters(text)) : offset;
  const end = length < 0 ? Number.POSITIVE_INFINITY : start + length;
  if (isSimple(text)) return text.slice(start, end);
  let index = 0;
  let sliced = "";
  for (const { segment } of segments(text)) {
    if (index >= end) break;
    if (index >= start) sliced += segment;
    index++;
  }
  return sliced;
}
