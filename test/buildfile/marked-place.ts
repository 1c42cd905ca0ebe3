/** Texts with the place of a diagnostic marked in them: `a = «b»`. */
import type { Diagnostic } from "../../src/base/diagnostic.ts";

export interface MarkedText {
  readonly text: string;
  /** The marked places in order; one that is empty stands for the end of the text. */
  readonly places: readonly { readonly start: number; readonly end: number }[];
}

export function markedText(marked: string): MarkedText {
  const places: { start: number; end: number }[] = [];
  let text = "";
  let start = 0;
  for (const piece of marked.split(/([«»])/)) {
    if (piece === "«") start = text.length;
    else if (piece === "»") places.push({ start, end: text.length });
    else text += piece;
  }
  return { text, places };
}

/** The text with the diagnostics' places marked, for failures that can be read. */
export function markPlaces(text: string, diagnostics: readonly Diagnostic[]): string {
  const marks = diagnostics.flatMap(({ span }) => (span ? [[span.start, "«"] as const, [span.end, "»"] as const] : []));
  return marks
    .sort(([a], [b]) => b - a)
    .reduce((marked, [at, mark]) => `${marked.slice(0, at)}${mark}${marked.slice(at)}`, text);
}
