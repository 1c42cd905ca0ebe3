/** Replacing literal text. */
import { allowText } from "../limits.ts";

/** All occurrences, left to right; the empty text occurs before every code point and at the end. */
export function replaceText(text: string, old: string, replacement: string): string {
  allowText(text.length + countOf(text, old) * Math.max(0, replacement.length - old.length));
  if (old !== "") return text.replaceAll(old, () => replacement);
  let replaced = replacement;
  for (const character of text) replaced += character + replacement;
  return replaced;
}

function countOf(text: string, part: string): number {
  if (part === "") return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** Puts spaces after every newline. */
export function indentLines(text: string, spaces: number): string {
  const newlines = countOf(text, "\n");
  allowText(text.length + newlines * spaces);
  return newlines === 0 ? text : text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}
