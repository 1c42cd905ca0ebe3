/** The places a pattern can ask for. */
import type { Assertion } from "./syntax.ts";

const newline = 0x0a;

export const textStart: Assertion = (before) => before < 0;
export const textEnd: Assertion = (_, after) => after < 0;
export const lineStart: Assertion = (before) => before < 0 || before === newline;
export const lineEnd: Assertion = (_, after) => after < 0 || after === newline;
export const wordBoundary: Assertion = (before, after) => isWord(before) !== isWord(after);
export const noWordBoundary: Assertion = (before, after) => isWord(before) === isWord(after);

/** ASCII only. */
function isWord(codePoint: number): boolean {
  return (
    (codePoint >= 0x30 && codePoint <= 0x39) ||
    (codePoint >= 0x41 && codePoint <= 0x5a) ||
    (codePoint >= 0x61 && codePoint <= 0x7a) ||
    codePoint === 0x5f
  );
}
