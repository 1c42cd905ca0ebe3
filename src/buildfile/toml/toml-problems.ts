/** What can be wrong with a TOML document: every code, what it means, and the diagnostic it makes. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each code. */
export const tomlHelp = {
  "toml/expected-value": "A value is a string in quotes, a number, true, false, a date, an array or an inline table.",
  "toml/expected-equals": "A key is followed by = and its value.",
  "toml/expected-key": "Keys are letters, digits, _ and -, or strings in quotes.",
  "toml/expected-newline": "A key and its value end with their line, and so does a header.",
  "toml/invalid-header": "A table begins with [name], an item of an array of tables with [[name]].",
  "toml/unterminated-string": "A string in single quotation marks must end on the line it begins on.",
  "toml/invalid-escape": 'Strings know the escapes \\b \\t \\n \\f \\r \\" \\\\ \\uXXXX and \\UXXXXXXXX.',
  "toml/control-character": "Control characters in strings are written as escapes.",
  "toml/invalid-number": "Numbers are decimal, 0x…, 0o… or 0b…, with single underscores between digits.",
  "toml/integer-range": "Integers have 64 bits.",
  "toml/not-finite": "inf and nan have no meaning in a build file.",
  "toml/invalid-date": "Dates and times are written as RFC 3339 has them.",
  "toml/invalid-array": "Items of an array are separated by commas, and ] ends it.",
  "toml/invalid-inline-table":
    "An inline table stands on one line, its items separated by commas, without one at the end.",
  "toml/redefined": "A key or a table is defined once.",
  "toml/too-deep": "Arrays and tables can be nested to a certain depth only.",
  "toml/syntax": "The document is not TOML.",
} as const;

export type TomlCode = keyof typeof tomlHelp;

export interface TomlExtras {
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

export function tomlProblem(code: TomlCode, span: Span, message: string, extras: TomlExtras = {}): Diagnostic {
  return { code, severity: "error", message, span, ...extras };
}
