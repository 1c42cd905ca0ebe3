/** What formatting moves about: the tokens of a file, strings and heredocs in one piece, line by line. */
import type { Source } from "../../base/span.ts";
import type { Token, TokenKind } from "../../buildfile/hcl/token.ts";

export interface Word {
  /** `template` is a quoted string or a heredoc, from its first character to its last. */
  readonly kind: TokenKind | "template";
  readonly text: string;
  /** Whether white space stood before it on its line. */
  readonly spaced: boolean;
}

/** Words between two line ends; none is a blank line. */
export type Line = readonly Word[];

/** The lines of a well-formed file. */
export function linesOf(source: Source, tokens: readonly Token[]): readonly Line[] {
  const lines: Line[] = [];
  let line: Word[] = [];
  let from = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (!token || token.kind === "end") break;
    if (token.kind === "newline") {
      lines.push(line);
      line = [];
    } else {
      const last = templateEnd(tokens, i);
      const end = tokens[last]?.end ?? token.end;
      line.push({
        kind: last > i ? "template" : token.kind,
        text: source.text.slice(token.start, end),
        spaced: token.start > from,
      });
      i = last;
    }
    from = tokens[i]?.end ?? from;
  }
  if (line.length > 0) lines.push(line);
  return lines;
}

/** Whether a word goes over several lines, as heredocs do. */
export function isTall(word: Word): boolean {
  return word.text.includes("\n");
}

const openers: ReadonlySet<string> = new Set(["quote-open", "heredoc-open"]);
const closers: ReadonlySet<string> = new Set(["quote-close", "heredoc-close"]);

/** The index of the token that closes the template which opens at `index`; `index` itself when none does. */
function templateEnd(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let i = index; i < tokens.length; i++) {
    const kind = tokens[i]?.kind ?? "end";
    if (openers.has(kind)) depth++;
    else if (closers.has(kind)) depth--;
    if (depth === 0) return i;
  }
  return index;
}
