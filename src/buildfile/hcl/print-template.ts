/** The parts of templates, in quotes or in heredocs. */
import type { Expression, TemplatePart } from "./syntax.ts";

export interface TemplatePrinting {
  readonly style: "quoted" | "heredoc";
  readonly print: (expression: Expression) => string;
}

/** What stands between the quotes, or between the lines of a heredoc's markers. */
export function printParts(parts: readonly TemplatePart[], printing: TemplatePrinting): string {
  const only = parts[0];
  // Empty text beside a lone interpolation is a space that is trimmed away.
  if (parts.length === 2 && only?.kind === "text" && only.text === "") {
    return ` ${printSequences(parts.slice(1), printing).replace("${", "${~")}`;
  }
  return printSequences(parts, printing);
}

function printSequences(parts: readonly TemplatePart[], printing: TemplatePrinting): string {
  return parts
    .map((part) => (part.kind === "text" ? printText(part.text, printing) : printSequence(part, printing)))
    .join("");
}

function printSequence(part: Exclude<TemplatePart, { readonly kind: "text" }>, printing: TemplatePrinting): string {
  const { print } = printing;
  if (part.kind === "interpolation") return `\${${print(part.expression)}}`;
  if (part.kind === "for") {
    const names = part.keyName === undefined ? part.valueName : `${part.keyName}, ${part.valueName}`;
    return `%{ for ${names} in ${print(part.collection)} }${printSequences(part.body, printing)}%{ endfor }`;
  }
  const otherwise = part.otherwise ? `%{ else }${printSequences(part.otherwise, printing)}` : "";
  return `%{ if ${print(part.condition)} }${printSequences(part.then, printing)}${otherwise}%{ endif }`;
}

function printText(text: string, { style }: TemplatePrinting): string {
  return style === "quoted" ? escapeQuoted(text) : escapeSequences(text);
}

const named: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/**
 * Text for between quotes. A `$` or `%` at its end is written by number: before the `{` of a sequence that follows it would be taken
 * for an escape.
 */
export function escapeQuoted(text: string): string {
  return escapeSequences(text)
    .replace(
      /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g,
      (character) => named.get(character) ?? numbered(character),
    )
    .replace(/[$%]$/, numbered);
}

function escapeSequences(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}

function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
