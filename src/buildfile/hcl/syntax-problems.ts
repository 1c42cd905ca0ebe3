/** What can be wrong with the native syntax: every code, what it means, and the diagnostic it makes. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each code. */
export const syntaxHelp = {
  "hcl/invalid-character": "A character that no token begins with stands outside a string.",
  "hcl/wrong-quotes": "Strings are written in straight double quotes.",
  "hcl/unsupported-operator": "The language has no such operator.",
  "hcl/semicolon": "Items end with the line, not with a semicolon.",
  "hcl/invalid-number": "Numbers are decimal digits, with an optional fraction and exponent.",
  "hcl/unterminated-string": "A quoted string must end on the line it begins on.",
  "hcl/unterminated-heredoc": "A heredoc ends with a line that holds its marker and nothing else.",
  "hcl/unterminated-comment": "A comment that begins with /* must end with */.",
  "hcl/unclosed-sequence": "${ and %{ in a string must be closed with }.",
  "hcl/heredoc-opening": "A heredoc begins with << or <<-, a marker, and a line end directly after it.",
  "hcl/invalid-escape": 'Strings know the escapes \\n \\r \\t \\" \\\\ \\uXXXX and \\UXXXXXXXX.',
  "hcl/expected-item": "A body holds attributes (name = value) and blocks (type label { … }).",
  "hcl/quoted-name": "Names of attributes and types of blocks are written without quotes.",
  "hcl/expected-equals": "An attribute is a name, an equals sign and a value.",
  "hcl/missing-value": "The value of an attribute begins on the line of its equals sign.",
  "hcl/expected-newline": "An attribute or a block ends with its line.",
  "hcl/one-line-block": "A block on one line holds one attribute at most.",
  "hcl/expected-block-body": "A block's type and labels are followed by { on the same line.",
  "hcl/template-in-label": "Labels are plain text.",
  "hcl/unclosed-block": "A block ends with }.",
  "hcl/unexpected-closing": "A closing bracket needs an opening one.",
  "hcl/duplicate-attribute": "A body sets an attribute once.",
  "hcl/expected-expression": "A value was expected.",
  "hcl/unclosed-bracket": "Brackets of every kind are closed by their like.",
  "hcl/missing-comma": "Items of lists and arguments of functions are separated by commas.",
  "hcl/missing-separator": "Items of an object are separated by commas or line ends.",
  "hcl/missing-object-value": "An item of an object is a key, = or :, and a value.",
  "hcl/ambiguous-key": "A key is a name, or a string, or an expression in parentheses.",
  "hcl/incomplete-conditional": "A conditional is condition ? value : value.",
  "hcl/expected-name-after-dot": "A dot is followed by a name, a number or *.",
  "hcl/chained-number-index": "Two numbers after dots in a row are not an index.",
  "hcl/nested-attribute-splat": "A .* cannot be used inside another one.",
  "hcl/expected-call": "A name with :: is a function and needs its arguments.",
  "hcl/spread-not-last": "Only the last argument of a call can be spread with ...",
  "hcl/invalid-for": "A for expression is [for v in c : e] or {for v in c : key => e}.",
  "hcl/key-in-list-for": "A for expression in [ ] has no keys.",
  "hcl/no-key-in-object-for": "A for expression in { } makes keys and values.",
  "hcl/grouping-in-list-for": "Values are grouped by key, so ... belongs to a for expression in { }.",
  "hcl/extra-in-sequence": "An interpolation holds one expression.",
  "hcl/unknown-directive": "The directives of templates are if, else, endif, for and endfor.",
  "hcl/unclosed-directive": "%{ if } ends with %{ endif }, %{ for } with %{ endfor }.",
  "hcl/stray-directive": "else, endif and endfor need an if or for they belong to.",
  "hcl/too-deep": "Brackets, blocks and expressions can be nested to a certain depth only.",
  "hcl/extra-after-expression": "A text that is one expression holds nothing else.",
} as const;

export type SyntaxCode = keyof typeof syntaxHelp;

interface Extras {
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

/** A syntax error. Which words suit best depends on what was read before, so the parser finds them. */
export function syntaxProblem(code: SyntaxCode, span: Span, message: string, extras: Extras = {}): Diagnostic {
  return { code, severity: "error", message, span, ...extras };
}

/** The related place of everything that is closed too late or never. */
export function opensHere(what: string, span: Span): readonly RelatedPlace[] {
  return [{ message: `${what} opens here`, span }];
}
