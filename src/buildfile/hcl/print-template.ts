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

/** `isNested` parts are followed by the directive that ends them. */
function printSequences(parts: readonly TemplatePart[], printing: TemplatePrinting, isNested = false): string {
  return parts
    .map((part, i) => {
      if (part.kind !== "text") return printSequence(part, printing);
      return printText(part.text, printing, isNested || i < parts.length - 1);
    })
    .join("");
}

function printSequence(part: Exclude<TemplatePart, { readonly kind: "text" }>, printing: TemplatePrinting): string {
  const { print } = printing;
  if (part.kind === "interpolation") return `\${${print(part.expression)}}`;
  if (part.kind === "for") {
    const names = part.keyName === undefined ? part.valueName : `${part.keyName}, ${part.valueName}`;
    return `%{ for ${names} in ${print(part.collection)} }${printSequences(part.body, printing, true)}%{ endfor }`;
  }
  const otherwise = part.otherwise ? `%{ else }${printSequences(part.otherwise, printing, true)}` : "";
  return `%{ if ${print(part.condition)} }${printSequences(part.then, printing, true)}${otherwise}%{ endif }`;
}

/**
 * A `$` or `%` at the end of quoted text is written by number before a sequence: with the `{` of that it would be taken for an escape.
 */
function printText(text: string, { style }: TemplatePrinting, isFollowed: boolean): string {
  if (style !== "quoted") return escapeSequences(text);
  const escaped = escapeQuoted(text);
  return isFollowed ? escaped.replace(/[$%]$/, numbered) : escaped;
}

const named: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/** Text for between quotes. */
export function escapeQuoted(text: string): string {
  return escapeSequences(text).replace(
    /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => named.get(character) ?? numbered(character),
  );
}

function escapeSequences(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}

function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
