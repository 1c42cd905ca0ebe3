/** Heredocs where they are opened: `<<EOF`, `<<-EOF`, `3<<"EOF"`. */
import { lex } from "../expansion/lexer.ts";

export interface HeredocOpening {
  readonly name: string;
  /** False when a part of the name is quoted. */
  readonly expand: boolean;
  readonly stripTabs: boolean;
  /** `3<<EOF`: 3; 0 when none is named. */
  readonly fileDescriptor: number;
}

const opening = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;
/** A name is no variable: what looks like one stays. */
const noVariables = { escape: "\\", variable: () => undefined, keepUnset: true } as const;

/** The heredoc that a word opens, if it opens one. */
export function heredocOf(word: string): HeredocOpening | undefined {
  const [, fileDescriptor = "", dash, written = ""] = opening.exec(word) ?? [];
  if (written === "") return undefined;
  const { words } = lex(written, noVariables);
  const [name] = words;
  if (name === undefined || words.length !== 1) return undefined;
  const quoted = lex(written, { ...noVariables, keepQuotes: true }).words.join(" ");
  return {
    name,
    expand: countQuotes(name) === countQuotes(quoted),
    stripTabs: dash === "-",
    fileDescriptor: Number(fileDescriptor),
  };
}

/** The heredocs that a line opens, in order. A line with a quote that does not end, or a broken substitution, opens none. */
export function heredocsIn(line: string): readonly HeredocOpening[] {
  const { words } = lex(line, { ...noVariables, keepQuotes: true, keepEscapes: true });
  return words.flatMap((word) => heredocOf(word) ?? []);
}

/** Without the tabs its lines begin with. */
export function stripTabs(body: string): string {
  return body.replace(/^\t+/gm, "");
}

function countQuotes(text: string): number {
  return text.replace(/[^'"]/g, "").length;
}
