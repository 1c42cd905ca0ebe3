/** What a group of a pattern begins with. */
import type { PatternCursor } from "./cursor.ts";
import { PatternError } from "./syntax.ts";

export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  /** Swaps greedy and lazy. */
  readonly ungreedy: boolean;
}

export type GroupOpening =
  /** `(?i)`: flags for what follows. */
  | { readonly kind: "flags"; readonly flags: Flags }
  | { readonly kind: "group"; readonly flags: Flags; readonly capturing: boolean; readonly name?: string };

const groupName = /\(\?P?<([^>]*)>/y;
const groupFlags = /\(\?([imsU]*)(-[imsU]+)?([:)])/y;

/** Takes `(` and what belongs to it. */
export function groupOpening(cursor: PatternCursor, flags: Flags): GroupOpening {
  if (!cursor.startsWith("(?")) {
    cursor.next();
    return { kind: "group", flags, capturing: true };
  }
  const refused = unsupported.find(([opening]) => cursor.startsWith(opening));
  if (refused) throw new PatternError(`${refused[1]} (${refused[0]}…) ${refused[2]}`);
  const name = cursor.match(groupName)?.[1];
  if (name !== undefined) {
    if (/^[A-Za-z0-9_]+$/.test(name)) return { kind: "group", flags, capturing: true, name };
    throw new PatternError(`the group name ${JSON.stringify(name)} may only have letters, digits and _`);
  }
  const found = cursor.match(groupFlags);
  if (found === undefined)
    throw new PatternError(`a group cannot begin with ${cursor.text.slice(cursor.offset, cursor.offset + 4)}`);
  const [, on = "", off = "", end] = found;
  const changed = withFlags(withFlags(flags, on, true), off, false);
  return end === ")" ? { kind: "flags", flags: changed } : { kind: "group", flags: changed, capturing: false };
}

const instead = "is not supported, because it cannot be matched in linear time";

const unsupported: readonly (readonly [string, string, string])[] = [
  ["(?=", "lookahead", instead],
  ["(?!", "lookahead", instead],
  ["(?<=", "lookbehind", instead],
  ["(?<!", "lookbehind", instead],
  ["(?P=", "a back-reference", instead],
  ["(?>", "an atomic group", "is not supported; there is no backtracking to prevent"],
];

function withFlags(flags: Flags, letters: string, value: boolean): Flags {
  return {
    ignoreCase: letters.includes("i") ? value : flags.ignoreCase,
    multiline: letters.includes("m") ? value : flags.multiline,
    dotAll: letters.includes("s") ? value : flags.dotAll,
    ungreedy: letters.includes("U") ? value : flags.ungreedy,
  };
}
