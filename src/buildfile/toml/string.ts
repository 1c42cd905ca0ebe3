/** Strings and keys of TOML as they are written, decoded with places. That they are well-formed has been checked. */
import type { Source } from "../../base/span.ts";
import { type ContentRun, contentOf } from "../data/string-content.ts";
import type { Excerpt } from "../hcl/excerpt.ts";

/** Escapes; a backslash at a line end with the white space after it; plain text. */
const piecePattern = /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ \t]*\r?\n[ \t\r\n]*|.)|[^\\]+/gsu;

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["\\b", "\b"],
  ["\\t", "\t"],
  ["\\n", "\n"],
  ["\\f", "\f"],
  ["\\r", "\r"],
  ['\\"', '"'],
  ["\\\\", "\\"],
]);

/** What the string (or bare key) written between two offsets says. */
export function tomlStringContent(source: Source, start: number, end: number): Excerpt {
  const quote = /^(?:"""|'''|"(?!"")|'(?!''))/.exec(source.text.slice(start, start + 3))?.[0] ?? "";
  let from = start + quote.length;
  const to = end - quote.length;
  if (quote.length === 3) from += /^\r*\n/.exec(source.text.slice(from, to))?.[0].length ?? 0;
  const written = source.text.slice(from, to);
  if (!quote.startsWith('"') || !written.includes("\\")) {
    return contentOf(source, written === "" ? [] : [{ text: written, start: from }], to);
  }
  const runs: ContentRun[] = [];
  for (const match of written.matchAll(piecePattern)) runs.push({ text: decode(match[0]), start: from + match.index });
  return contentOf(source, runs, to);
}

function decode(piece: string): string {
  if (!piece.startsWith("\\")) return piece;
  const simple = simpleEscapes.get(piece);
  if (simple !== undefined) return simple;
  return /^\\[uU]/.test(piece) ? String.fromCodePoint(Number.parseInt(piece.slice(2), 16)) : "";
}
