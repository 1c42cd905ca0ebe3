/** Where runs of template text end. */
import { isWhiteSpace } from "./characters.ts";

const backslash = 0x5c;
const dollar = 0x24;
const percent = 0x25;
const openBrace = 0x7b;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** What means nothing but itself in a quoted string. */
const plainText = /[^"\\$%\n\r]+/y;

/** The end of the quoted text at `at`: its closing quote, the next `${` or `%{`, the line end, or the end of the text. */
export function quotedTextEnd(text: string, at: number): number {
  let end = at;
  for (;;) {
    plainText.lastIndex = end;
    if (plainText.test(text)) end = plainText.lastIndex;
    const code = text.charCodeAt(end);
    if (code === backslash) {
      const next = text.charCodeAt(end + 1);
      end += next === newline || next === carriageReturn || end + 1 >= text.length ? 1 : 2;
    } else if (code === dollar || code === percent) {
      if (text.charCodeAt(end + 1) === openBrace) return end;
      end += isEscapedSequence(text, end) ? 3 : 1;
    } else return end;
  }
}

/** The end of the text at `at` that belongs to its line: the next `${` or `%{`, or after the line's newline. */
export function lineTextEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === newline) return end + 1;
    if (code === dollar || code === percent) {
      if (text.charCodeAt(end + 1) === openBrace) return end;
      end += isEscapedSequence(text, end) ? 3 : 1;
    } else end++;
  }
  return end;
}

/** When the line that begins at `at` is the closing marker, white space around it aside: where the line ends. */
export function markerLineEnd(text: string, at: number, marker: string): number | undefined {
  let from = at;
  while (text.charCodeAt(from) !== newline && isWhiteSpace(text.charCodeAt(from))) from++;
  if (!text.startsWith(marker, from)) return undefined;
  let end = from + marker.length;
  while (end < text.length && text.charCodeAt(end) !== newline) {
    if (!isWhiteSpace(text.charCodeAt(end))) return undefined;
    end++;
  }
  return text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end;
}

/** `$${` and `%%{`. */
function isEscapedSequence(text: string, at: number): boolean {
  return text.charCodeAt(at + 1) === text.charCodeAt(at) && text.charCodeAt(at + 2) === openBrace;
}
