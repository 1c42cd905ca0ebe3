/** Strings of JSON, decoded by the rules Go has for them: half a surrogate pair becomes U+FFFD. */
import type { Source } from "../../base/span.ts";
import { type ContentRun, contentOf } from "../data/string-content.ts";
import type { Excerpt } from "../hcl/excerpt.ts";
import type { JsonCode } from "./json-problems.ts";

export interface StringProblem {
  readonly code: JsonCode;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

export interface ReadString {
  readonly content: Excerpt;
  /** After the closing quote, or at the end of the line where that is missing. */
  readonly end: number;
  readonly problems: readonly StringProblem[];
}

/** Plain text; an escape; a control character. Sticky. */
const piecePattern =
  /[^"'\\\u0000-\u001f]+|\\(?:u[0-9a-fA-F]{4}|[^\n\r]|$)|[\u0000-\u0009\u000b\u000c\u000e-\u001f]|["']/uy;

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['\\"', '"'],
  ["\\\\", "\\"],
  ["\\/", "/"],
  ["\\b", "\b"],
  ["\\f", "\f"],
  ["\\n", "\n"],
  ["\\r", "\r"],
  ["\\t", "\t"],
]);

/** The string whose opening quote (a single one is read, too, and reported) is at `start`. */
export function readJsonString(source: Source, start: number): ReadString {
  const { text } = source;
  const quote = text.charAt(start);
  const problems: StringProblem[] = [];
  const runs: ContentRun[] = [];
  let at = start + 1;
  for (;;) {
    piecePattern.lastIndex = at;
    const piece = piecePattern.exec(text)?.[0];
    if (piece === undefined || piece === quote) {
      if (piece === undefined) problems.push(unterminated(start, at));
      else if (quote === "'") problems.push(wrongQuotes(start, at + 1));
      const content = contentOf(source, joinSurrogates(runs), at);
      return { content, end: piece === undefined ? at : at + 1, problems };
    }
    const decoded = decode(piece);
    if (decoded === undefined) problems.push(invalidPiece(piece, at));
    runs.push({ text: decoded ?? piece, start: at });
    at += piece.length;
  }
}

/** undefined when the piece is an escape there is not, or a control character. */
function decode(piece: string): string | undefined {
  if (piece.startsWith("\\u") && piece.length === 6) return String.fromCharCode(Number.parseInt(piece.slice(2), 16));
  if (piece.startsWith("\\")) return simpleEscapes.get(piece);
  return piece.charCodeAt(0) < 0x20 ? undefined : piece;
}

/** The halves of a pair are two escapes; what has no other half is replaced. */
function joinSurrogates(runs: readonly ContentRun[]): readonly ContentRun[] {
  if (!runs.some((run) => run.text.length === 1 && isSurrogate(run.text))) return runs;
  const joined: ContentRun[] = [];
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i];
    const next = runs[i + 1];
    if (!run) break;
    if (next && /^[\ud800-\udbff]$/.test(run.text) && /^[\udc00-\udfff]$/.test(next.text)) {
      joined.push({ text: run.text + next.text, start: run.start });
      i++;
    } else joined.push(run.text.length === 1 && isSurrogate(run.text) ? { ...run, text: "\ufffd" } : run);
  }
  return joined;
}

function isSurrogate(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff;
}

function unterminated(start: number, end: number): StringProblem {
  const hint = 'close it with "; line ends in text are written \\n';
  return { code: "json/unterminated-string", start, end, message: "this string is not closed on its line", hint };
}

function wrongQuotes(start: number, end: number): StringProblem {
  const hint = 'write "…"';
  return { code: "json/wrong-quotes", start, end, message: "strings are written in double quotes", hint };
}

function invalidPiece(piece: string, start: number): StringProblem {
  const end = start + piece.length;
  if (piece.startsWith("\\")) {
    const hint = piece === "\\u" ? "\\u is followed by four hexadecimal digits" : "for a backslash write \\\\";
    return { code: "json/invalid-escape", start, end, message: `there is no escape ${piece}`, hint };
  }
  const hint = `write ${JSON.stringify(piece).slice(1, -1)}`;
  return { code: "json/control-character", start, end, message: "a control character stands in a string", hint };
}
