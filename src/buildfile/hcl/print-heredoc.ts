/** Text of several lines as a heredoc, where one can say exactly the same. */
import { leadingWhiteSpace } from "./characters.ts";
import { printInline } from "./print-expression.ts";
import { printParts } from "./print-template.ts";
import type { Template, TemplatePart } from "./syntax.ts";

/**
 * The heredoc with its line end, its lines indented along when that can be undone; undefined where the template is better, or only, written
 * in quotes: it has fewer than two lines, does not end in a newline, or holds what only an escape can write.
 */
export function heredocOf(template: Template, indent: string): string | undefined {
  const last = template.parts.at(-1);
  if (last?.kind !== "text" || !last.text.endsWith("\n") || !isWritable(template.parts)) return undefined;
  const content = printParts(template.parts, { style: "heredoc", print: printInline });
  const lines = content.slice(0, -1).split("\n");
  if (lines.length < 2) return undefined;
  const marker = markerFor(lines);
  if (!lines.some((line) => line !== "" && leadingWhiteSpace(line) === 0)) return `<<${marker}\n${content}${marker}\n`;
  const inner = `${indent}  `;
  const indented = lines.map((line) => (leadingWhiteSpace(line) === line.length ? line : inner + line));
  return `<<-${marker}\n${indented.join("\n")}\n${indent}${marker}\n`;
}

/** No control characters, and no `$` or `%` right before a sequence. */
function isWritable(parts: readonly TemplatePart[]): boolean {
  return parts.every((part, index) => {
    if (part.kind === "text")
      return isWritableText(part.text, parts[index + 1] === undefined && part.text.endsWith("\n"));
    if (part.kind === "interpolation") return true;
    if (part.kind === "for") return isWritable(part.body);
    return isWritable(part.then) && isWritable(part.otherwise ?? []);
  });
}

function isWritableText(text: string, isEnd: boolean): boolean {
  return !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text) && (isEnd || !/[$%]$/.test(text));
}

function markerFor(lines: readonly string[]): string {
  const taken = new Set(lines.map((line) => line.trim()));
  let marker = "EOT";
  for (let i = 2; taken.has(marker); i++) marker = `EOT${i}`;
  return marker;
}
