/** The syntax tree of a regular expression. */

export type Pattern =
  | { readonly kind: "empty" }
  | { readonly kind: "one"; readonly set: CharacterSet }
  | { readonly kind: "assertion"; readonly holds: Assertion }
  | { readonly kind: "group"; readonly index: number; readonly body: Pattern }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly options: readonly Pattern[] }
  | Repetition;

export interface Repetition {
  readonly kind: "repetition";
  readonly body: Pattern;
  readonly minimum: number;
  /** Infinity when there is no limit. */
  readonly maximum: number;
  readonly greedy: boolean;
}

/** The code points that one position of the text may hold. */
export interface CharacterSet {
  readonly has: (codePoint: number) => boolean;
}

/** Asks about the place between two code points; -1 stands for the end of the text on that side. */
export type Assertion = (before: number, after: number) => boolean;

export interface ParsedPattern {
  readonly root: Pattern;
  /** The name of each group, undefined for those without; the first entry is group 1. */
  readonly groups: readonly (string | undefined)[];
}

/** What is wrong with a pattern. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Whether the pattern can match the empty text. */
export function isNullable(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "empty":
    case "assertion":
      return true;
    case "one":
      return false;
    case "group":
      return isNullable(pattern.body);
    case "sequence":
      return pattern.parts.every(isNullable);
    case "choice":
      return pattern.options.some(isNullable);
    case "repetition":
      return pattern.minimum === 0 || isNullable(pattern.body);
  }
}
