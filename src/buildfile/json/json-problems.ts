/** What can be wrong with a JSON document: every code, what it means, and the diagnostic it makes. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each code. */
export const jsonHelp = {
  "json/expected-value": "A value is a string, a number, true, false, null, an array or an object.",
  "json/unknown-word": "The only words of JSON are true, false and null.",
  "json/trailing-comma": "No comma follows the last item.",
  "json/missing-comma": "Items are separated by commas.",
  "json/unquoted-key": "Keys are strings in double quotes.",
  "json/expected-colon": "A key is followed by a colon and its value.",
  "json/unclosed": "Arrays end with ], objects with }.",
  "json/comment": "JSON has no comments.",
  "json/wrong-quotes": "Strings are written in double quotes.",
  "json/unterminated-string": "A string must end on the line it begins on.",
  "json/invalid-escape": 'Strings know the escapes \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX.',
  "json/control-character": "Control characters in strings are written as escapes.",
  "json/invalid-number":
    "Numbers are decimal digits without leading zeros, with an optional sign, fraction and exponent.",
  "json/extra-after-end": "A document is one value.",
  "json/too-deep": "Arrays and objects can be nested to a certain depth only.",
} as const;

export type JsonCode = keyof typeof jsonHelp;

export interface JsonExtras {
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

export function jsonProblem(code: JsonCode, span: Span, message: string, extras: JsonExtras = {}): Diagnostic {
  return { code, severity: "error", message, span, ...extras };
}
