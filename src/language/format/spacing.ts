/** The space between two words of a line: none or one. */
import type { Role } from "./role.ts";
import type { Word } from "./word.ts";

export interface PlacedWord {
  readonly word: Word;
  readonly role: Role;
}

/** Whether a space belongs between two neighbours. Words that would become one without it always keep it. */
export function isSpaced(left: PlacedWord, right: PlacedWord): boolean {
  const [before, after] = [left.word.kind, right.word.kind];
  if (before === "comment" || after === "comment") return true;
  if (after === ".") return before === "number" && right.word.spaced;
  if (before === "." || before === "::" || after === "::") return false;
  if (left.role === "sign" || before === "(" || before === "[") return false;
  if (after === ")" || after === "]" || after === "," || after === "...") return false;
  if (right.role === "call" || right.role === "index" || right.role === "key-colon" || right.role === "splat") {
    return false;
  }
  return !(before === "{" && after === "}");
}
