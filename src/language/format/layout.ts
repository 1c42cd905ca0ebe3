/** Lines of words with their indentation, spaced and without needless blank lines. */
import { RoleTracker } from "./role.ts";
import { isSpaced, type PlacedWord } from "./spacing.ts";
import { isTall, type Line } from "./word.ts";

export interface LaidOutLine {
  /** In levels. A blank line has no text at all. */
  readonly indent: number;
  /** Up to the `=` where that could be lined up with its neighbours', else everything but the comment. */
  readonly head: string;
  /** From that `=` on. */
  readonly value?: string;
  /** At the end of a line that holds something else, too. */
  readonly comment?: string;
}

export const blankLine: LaidOutLine = { indent: 0, head: "" };

export function layOut(lines: readonly Line[]): readonly LaidOutLine[] {
  const laidOut: LaidOutLine[] = [];
  const roles = new RoleTracker();
  const brackets = new OpenBrackets();
  // No blank line at the beginning, after an opening bracket, or after another one.
  let mayBeBlank = false;
  for (const [number, line] of lines.entries()) {
    if (line.length === 0) {
      if (mayBeBlank) laidOut.push(blankLine);
      mayBeBlank = false;
      continue;
    }
    if (isCloser(line[0]?.kind) && laidOut.at(-1) === blankLine) laidOut.pop();
    const { indent, grew } = brackets.addLine(line, number);
    const words = line.map((word): PlacedWord => ({ word, role: roles.next(word) }));
    laidOut.push(laidOutLine(words, indent));
    mayBeBlank = !grew;
  }
  if (laidOut.at(-1) === blankLine) laidOut.pop();
  return laidOut;
}

/** The brackets that are open, by the line each was opened on: brackets of one line indent what is in them once. */
class OpenBrackets {
  readonly #lines: number[] = [];
  /** How many different lines there are among them. */
  #levels = 0;

  addLine(line: Line, number: number): { readonly indent: number; readonly grew: boolean } {
    let at = 0;
    while (isCloser(line[at]?.kind)) {
      this.#close();
      at++;
    }
    const indent = this.#levels;
    for (const { kind } of line.slice(at)) {
      if (isOpener(kind)) this.#open(number);
      else if (isCloser(kind)) this.#close();
    }
    return { indent, grew: this.#lines.at(-1) === number };
  }

  #open(line: number): void {
    if (this.#lines.at(-1) !== line) this.#levels++;
    this.#lines.push(line);
  }

  #close(): void {
    const line = this.#lines.pop();
    if (line !== undefined && this.#lines.at(-1) !== line) this.#levels--;
  }
}

function laidOutLine(words: readonly PlacedWord[], indent: number): LaidOutLine {
  const last = words.at(-1);
  const ends = words.length > 1 && last?.word.kind === "comment" && !isTall(last.word);
  const content = ends ? words.slice(0, -1) : words;
  const comment = ends ? { comment: last.word.text.trimEnd() } : {};
  const equals = equalsToAlign(content);
  if (equals === undefined) return { indent, head: textOf(content), ...comment };
  return { indent, head: textOf(content.slice(0, equals)), value: textOf(content.slice(equals)), ...comment };
}

function textOf(words: readonly PlacedWord[]): string {
  let text = "";
  for (const [i, placed] of words.entries()) {
    const before = words[i - 1];
    const { kind, text: written } = placed.word;
    const isLineComment = kind === "comment" && !written.startsWith("/*");
    text += `${before && isSpaced(before, placed) ? " " : ""}${isLineComment ? written.trimEnd() : written}`;
  }
  return text;
}

/** Where the `=` stands of an attribute, or an item of an object, that begins and ends on this line. */
function equalsToAlign(words: readonly PlacedWord[]): number | undefined {
  let depth = 0;
  let found: number | undefined;
  for (const [i, { word }] of words.entries()) {
    if (isTall(word)) return undefined;
    if (isOpener(word.kind)) depth++;
    else if (isCloser(word.kind)) depth--;
    if (depth < 0) return undefined;
    if (word.kind === "=" && depth === 0) found ??= i;
  }
  return depth === 0 && found !== 0 ? found : undefined;
}

function isOpener(kind: string | undefined): boolean {
  return kind === "{" || kind === "[" || kind === "(";
}

function isCloser(kind: string | undefined): boolean {
  return kind === "}" || kind === "]" || kind === ")";
}
