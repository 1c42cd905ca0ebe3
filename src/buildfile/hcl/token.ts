/** The tokens of the native syntax. White space is what lies between tokens; comments are tokens, so nothing is lost. */

export type Punctuation =
  | "["
  | "]"
  | "("
  | ")"
  | "{"
  | "}"
  | "."
  | ","
  | "*"
  | "/"
  | "%"
  | "+"
  | "-"
  | "="
  | "<"
  | ">"
  | "!"
  | "?"
  | ":"
  | "=="
  | "!="
  | "<="
  | ">="
  | "&&"
  | "||"
  | "::"
  | "..."
  | "=>";

/**
 * - `text` is a run of template text, still escaped; in heredocs and data strings it ends with its line.
 * - `interpolation` is `${` or `${~`, `directive` is `%{` or `%{~`, `sequence-end` the `}` or `~}` of either.
 * - `heredoc-open` runs to the end of its line, `heredoc-close` is the line of the marker without its line end.
 * - `comment` leaves out the line end, which is a `newline` of its own.
 * - `broken` stands for an expression; what is wrong with it has been reported.
 */
export type TokenKind =
  | Punctuation
  | "identifier"
  | "number"
  | "newline"
  | "comment"
  | "quote-open"
  | "quote-close"
  | "heredoc-open"
  | "heredoc-close"
  | "text"
  | "interpolation"
  | "directive"
  | "sequence-end"
  | "broken"
  | "end";

/** Offsets count in the text that was scanned. A token made up to mend a broken file is empty. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}
