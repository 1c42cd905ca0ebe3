/** What the TOML parser throws, as diagnostics. It names what it expected; what was meant is told by where it was. */
import type { Diagnostic } from "../../base/diagnostic.ts";
import { messageOf } from "../../base/errors.ts";
import type { Source } from "../../base/span.ts";
import { type TomlCode, tomlProblem } from "./toml-problems.ts";

export interface SyntaxFailure {
  readonly error: unknown;
  readonly source: Source;
  /** Where the parser stopped. */
  readonly at: number;
  /** Where the key or value began that it was reading, if any. */
  readonly start: number | undefined;
}

interface Finding {
  readonly code: TomlCode;
  readonly message: string;
  readonly hint?: string;
  /** How much from the start of what was being read is to blame; else the character the parser stopped at is. */
  readonly length?: number;
  /** The whole of what was being read is to blame, not the character the parser stopped at. */
  readonly whole?: boolean;
}

const headerHint = "as in [target.app] or [[variable.TAG.validation]]";

/** The first whose pattern matches the parser's message says what is wrong. */
const findings: readonly (readonly [RegExp, (found: string, failure: SyntaxFailure) => Finding])[] = [
  [/too deep/, () => ({ code: "toml/too-deep", message: "nested too deep" })],
  [
    /^Unterminated (multi-line )?string/,
    (_, failure) => ({
      code: "toml/unterminated-string",
      message: "this string is not closed",
      hint: closingHint(failure),
      whole: true,
    }),
  ],
  [
    /^Control characters/,
    (found) => ({
      code: "toml/control-character",
      message: "a control character stands here",
      hint: `write it as an escape: ${escapeOf(found)}`,
    }),
  ],
  [
    /escape|unicode|code point/i,
    () => ({
      code: "toml/invalid-escape",
      message: "there is no such escape",
      hint: "for a backslash write \\\\, or use single quotes",
    }),
  ],
  [
    /^Unknown character|bare key/,
    (found) => ({
      code: "toml/expected-key",
      message: `expected a key, found ${found}`,
      hint: "keys with other characters are written in quotes",
    }),
  ],
  [
    /expected only whitespace or comments/,
    (found) => ({
      code: "toml/expected-newline",
      message: `expected the end of the line, found ${found}`,
      hint: "start a new line here",
    }),
  ],
  [
    /expected "="|^Key ended/,
    (found, { source, at }) =>
      lineAt(source.text, at).trimStart().startsWith("[")
        ? {
            code: "toml/invalid-header",
            message: `expected ] at the end of the header, found ${found}`,
            hint: headerHint,
          }
        : {
            code: "toml/expected-equals",
            message: `expected = after the key, found ${found}`,
            hint: "write key = value",
          },
  ],
  [
    /\. or \]/,
    (found) => ({
      code: "toml/invalid-header",
      message: `expected ] at the end of the header, found ${found}`,
      hint: headerHint,
    }),
  ],
  [
    /^Key without value|^Unexpected character, expecting string|boolean|"inf"|"nan"/,
    (found, { source, start }) => {
      const word = start === undefined ? "" : wordAt(source.text, start);
      const message = `expected a value, found ${word === "" ? found : word}`;
      return { code: "toml/expected-value", message, hint: 'text is written in quotes: "…"', length: word.length };
    },
  ],
  [
    /^Unterminated inline|close bracket|^Empty elements|^Trailing commas/,
    (found, { source, start }) =>
      start !== undefined && source.text.charAt(start) === "{"
        ? {
            code: "toml/invalid-inline-table",
            message: `expected a comma or }, found ${found}`,
            hint: "an inline table stands on one line, without a comma at its end",
          }
        : {
            code: "toml/invalid-array",
            message: `expected a comma or ], found ${found}`,
            hint: "separate items by commas and close the array with ]",
          },
  ],
  [/time|date|zero padded|hyphen|number|digit/i, (found, failure) => numberOrDate(found, failure)],
];

/** One diagnostic for what the parser stopped at. */
export function syntaxFailure(failure: SyntaxFailure): Diagnostic {
  const { source, at } = failure;
  const thrown = messageOf(failure.error);
  const found = shown(source.text, at);
  const make = findings.find(([pattern]) => pattern.test(thrown))?.[1];
  const finding: Finding = make ? make(found, failure) : { code: "toml/syntax", message: `unexpected ${found}` };
  const span = { source, ...rangeOf(finding, failure) };
  return tomlProblem(finding.code, span, finding.message, finding.hint === undefined ? {} : { hint: finding.hint });
}

function numberOrDate(found: string, { source, start }: SyntaxFailure): Finding {
  const word = start === undefined ? found : wordAt(source.text, start);
  if (/[-:].*[-:]|:/.test(word.replace(/[eE]-/, ""))) {
    const hint = "as in 1979-05-27T07:32:00Z, 1979-05-27 or 07:32:00; text is written in quotes";
    return { code: "toml/invalid-date", message: `${word} is no date or time`, hint, length: word.length };
  }
  const hint = "text is written in quotes";
  return { code: "toml/invalid-number", message: `${word} is not a number`, hint, length: word.length };
}

/** Never empty, unless the text is. */
function rangeOf(
  finding: Finding,
  { source, at, start }: SyntaxFailure,
): { readonly start: number; readonly end: number } {
  const { length } = source.text;
  if (start !== undefined && finding.length) return { start, end: start + finding.length };
  if (start !== undefined && finding.whole) return { start, end: Math.min(length, at + 1) };
  const from = Math.max(0, Math.min(at, length - 1));
  return { start: from, end: Math.min(length, from + 1) };
}

function lineAt(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return text.slice(start, at);
}

function wordAt(text: string, at: number): string {
  return /^[^\s,\]}#=]*/.exec(text.slice(at, at + 100))?.[0] ?? "";
}

function shown(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return "the end of the file";
  if (code === 0x0a || code === 0x0d) return "the end of the line";
  return code < 0x20 || code === 0x7f ? escapeOf(String.fromCodePoint(code)) : String.fromCodePoint(code);
}

function escapeOf(character: string): string {
  return character.startsWith("\\") ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function closingHint({ source, start }: SyntaxFailure): string {
  const opened = source.text.slice(start, (start ?? 0) + 3);
  const quote = opened === '"""' || opened === "'''" ? opened : opened.charAt(0);
  return quote.length === 3
    ? `close it with ${quote}`
    : `close it with ${quote}; text of several lines is written in ${quote.repeat(3)}`;
}
