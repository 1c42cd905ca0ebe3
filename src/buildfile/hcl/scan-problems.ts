/** Characters that begin no token: what the writer probably meant, and how to go on. */
import type { Diagnostic } from "../../base/diagnostic.ts";
import { type Excerpt, spanIn } from "./excerpt.ts";
import { type SyntaxCode, syntaxProblem } from "./syntax-problems.ts";
import type { TokenKind } from "./token.ts";

export interface LexicalProblem {
  readonly diagnostic: Diagnostic;
  /** Where scanning goes on. */
  readonly end: number;
  /** The token that was probably meant; scanning goes on as if it stood there. */
  readonly meant?: TokenKind;
}

interface Finding {
  readonly code: SyntaxCode;
  readonly length: number;
  readonly message: string;
  readonly hint?: string;
  readonly meant?: TokenKind;
}

const closingQuotes: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ["`", "`"],
  ["\u2018", "\u2019"],
  ["\u201c", "\u201d"],
  ["\u201e", "\u201c"],
  ["\u00ab", "\u00bb"],
]);

/** Looking further for a closing quote would make a long line of opening ones slow. */
const longestQuote = 500;

const operators: ReadonlyMap<string, Omit<Finding, "code" | "length">> = new Map([
  ["**", { message: "there is no operator **", hint: "use pow(base, exponent)", meant: "*" }],
  ["&", { message: "there is no operator &", hint: "logical and is &&", meant: "&&" }],
  ["|", { message: "there is no operator |", hint: "logical or is ||", meant: "||" }],
  [
    "^",
    { message: "there is no operator ^", hint: "use pow(base, exponent) for powers, != for exclusive or", meant: "*" },
  ],
  ["~", { message: "~ stands alone", hint: "as a trim mark it is written ${~ x ~}, inside a string" }],
]);

/** The problem with the character at `at`, which begins no token. */
export function lexicalProblemAt(excerpt: Excerpt, at: number): LexicalProblem {
  const found = operatorAt(excerpt.text, at) ?? quoteAt(excerpt.text, at) ?? characterAt(excerpt.text, at);
  const end = at + found.length;
  const extras = found.hint === undefined ? {} : { hint: found.hint };
  return {
    diagnostic: syntaxProblem(found.code, spanIn(excerpt, at, end), found.message, extras),
    end,
    ...(found.meant === undefined ? {} : { meant: found.meant }),
  };
}

function operatorAt(text: string, at: number): Finding | undefined {
  for (const [written, about] of operators) {
    if (text.startsWith(written, at)) return { code: "hcl/unsupported-operator", length: written.length, ...about };
  }
  return undefined;
}

/** Text in quotes of another kind, up to their end on the same line. */
function quoteAt(text: string, at: number): Finding | undefined {
  const closing = closingQuotes.get(text.charAt(at));
  if (closing === undefined) return undefined;
  const line = text.slice(at + 1, Math.min(lineEnd(text, at), at + longestQuote));
  const length = line.indexOf(closing);
  const message = "strings are written in double quotes";
  if (length === -1) return { code: "hcl/wrong-quotes", length: 1, message };
  const content = line.slice(0, length);
  return { code: "hcl/wrong-quotes", length: length + 2, message, hint: `write "${content}"`, meant: "broken" };
}

function characterAt(text: string, at: number): Finding {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === ";") {
    const hint = "remove it; the line end separates items";
    return {
      code: "hcl/semicolon",
      length: 1,
      message: "items are not separated by semicolons",
      hint,
      meant: "newline",
    };
  }
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? character : codePointName(character);
  const finding = {
    code: "hcl/invalid-character",
    length: character.length,
    message: `unexpected character ${shown}`,
  } as const;
  if (character === "\u00a0") return { ...finding, hint: "this is a no-break space; use a plain one" };
  if (character === "\r") return { ...finding, hint: "lines end in a newline or in a carriage return and a newline" };
  return { ...finding, hint: "put it in quotes if it is text" };
}

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function lineEnd(text: string, at: number): number {
  const found = text.slice(at, at + longestQuote).search(/[\r\n]/);
  return found === -1 ? text.length : at + found;
}
