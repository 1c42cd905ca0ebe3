/** What stands in a word of a Dockerfile once its variables, quotes and escapes are worked out. */
import { lex } from "./expansion/lexer.ts";

export interface ExpandOptions {
  /** The character that escapes: `\` or a backtick. In the body of a heredoc it is always `\`. */
  readonly escape: string;
  /** Undefined: the variable is not set. */
  readonly variable: (name: string) => string | undefined;
  /** For the bodies of heredocs: quotes are characters like others. */
  readonly plainQuotes?: boolean;
}

export interface Expanded {
  /** Empty when there is an error. */
  readonly value: string;
  /** The set variables it used, and those it asked for in vain, also where a default stood in for them. In order of appearance. */
  readonly matched: readonly string[];
  readonly unmatched: readonly string[];
  /** Why it has no value: `NAME: is not allowed to be unset`, `syntax error: missing '}'`. */
  readonly error?: string;
}

/** One word. White space in it and in its variables stays. */
export function expandWord(text: string, options: ExpandOptions): Expanded {
  if (!/[$'"\\`<]/.test(text)) return { value: text, matched: [], unmatched: [] };
  const { value, matched, unmatched, error } = lex(text, options);
  return { value, matched: [...matched], unmatched: [...unmatched], ...(error !== undefined && { error }) };
}

export interface ExpandedWords extends Omit<Expanded, "value"> {
  readonly words: readonly string[];
}

/** As many words as there are after the variables are put in: EXPOSE. */
export function expandWords(text: string, options: ExpandOptions): ExpandedWords {
  const { words, matched, unmatched, error } = lex(text, options);
  return { words, matched: [...matched], unmatched: [...unmatched], ...(error !== undefined && { error }) };
}
