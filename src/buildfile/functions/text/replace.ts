/** Replacing literal text. */
import { allowText } from "../limits.ts";

/** All occurrences, left to right; the empty text occurs before every code point and at the end. */
export function replaceText(text: string, old: string, replacement: string): string {
  const pieces = old === "" ? ["", ...text, ""] : text.split(old);
  allowText(text.length + (pieces.length - 1) * Math.max(0, replacement.length - old.length));
  return pieces.join(replacement);
}

/** Puts spaces after every newline. */
export function indentLines(text: string, spaces: number): string {
  const newlines = text.split("\n").length - 1;
  allowText(text.length + newlines * spaces);
  return newlines === 0 ? text : text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}
