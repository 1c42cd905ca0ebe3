/** Character classes of a pattern and escapes. */
import { namedClass, perlClass, range, type SetPart, unicodeClass, unionOf } from "./character-set.ts";
import type { PatternCursor } from "./cursor.ts";
import { type CharacterSet, PatternError } from "./syntax.ts";

const backslash = 0x5c;
const highestCodePoint = 0x10ffff;

const colonClass = /\[:(\^?[a-z]+):\]/y;
const perlEscape = /[dDsSwW]/y;
const unicodeEscape = /([pP])(?:\{([^}]*)\}|([A-Za-z]))/y;
const octalEscape = /0[0-7]{0,2}|[1-7][0-7]{1,2}/y;
const hexEscape = /x(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/y;
const controlEscape = /[aftnrv]/y;
const punctuationEscape = /[!-/:-@[-`{-~ ]/y;

/** Takes what follows `[`, through `]`. */
export function readClass(cursor: PatternCursor, ignoreCase: boolean): CharacterSet {
  const negated = cursor.takes("^");
  const parts: SetPart[] = [];
  do {
    if (cursor.atEnd) throw new PatternError("a [ has no ] after it");
    parts.push(readPart(cursor));
  } while (!cursor.takes("]"));
  return unionOf(parts, { ignoreCase, negated });
}

/** Takes what follows a backslash if it stands for a set of characters. */
export function readClassEscape(cursor: PatternCursor): SetPart | undefined {
  const letter = cursor.match(perlEscape)?.[0];
  if (letter !== undefined) return perlClass(letter);
  const property = cursor.match(unicodeEscape);
  if (property === undefined) return undefined;
  return unicodeClass(property[2] ?? property[3] ?? "", property[1] === "P");
}

/** Takes what follows a backslash that stands for one character. */
export function readEscapedCodePoint(cursor: PatternCursor): number {
  const octal = cursor.match(octalEscape)?.[0];
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const hexadecimal = cursor.match(hexEscape);
  if (hexadecimal) return checked(Number.parseInt(hexadecimal[1] ?? hexadecimal[2] ?? "", 16));
  const control = cursor.match(controlEscape)?.[0];
  if (control !== undefined) return controls.get(control) ?? 0;
  const punctuation = cursor.match(punctuationEscape)?.[0];
  if (punctuation !== undefined) return punctuation.charCodeAt(0);
  return refuseEscape(cursor);
}

const controls: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["f", 0x0c],
  ["t", 0x09],
  ["n", 0x0a],
  ["r", 0x0d],
  ["v", 0x0b],
]);

function readPart(cursor: PatternCursor): SetPart {
  const named = cursor.startsWith("[:") ? cursor.match(colonClass) : undefined;
  if (named) {
    const part = namedClass(named[1] ?? "");
    if (part) return part;
    throw new PatternError(`there is no character class ${named[0]}`);
  }
  const start = cursor.offset;
  const set = cursor.takes("\\") ? readClassEscape(cursor) : undefined;
  if (set) return set;
  const low = cursor.since(start) === "\\" ? readEscapedCodePoint(cursor) : cursor.next();
  if (!cursor.startsWith("-") || cursor.startsWith("-]")) return range(low, low);
  cursor.next();
  const high = readBound(cursor);
  if (high < low) throw new PatternError(`the range ${cursor.since(start)} is in the wrong order`);
  return range(low, high);
}

function readBound(cursor: PatternCursor): number {
  const codePoint = cursor.next();
  if (codePoint < 0) throw new PatternError("a [ has no ] after it");
  return codePoint === backslash ? readEscapedCodePoint(cursor) : codePoint;
}

function checked(codePoint: number): number {
  if (codePoint <= highestCodePoint) return codePoint;
  throw new PatternError(`there is no character \\x{${codePoint.toString(16)}}`);
}

function refuseEscape(cursor: PatternCursor): never {
  const codePoint = cursor.next();
  if (codePoint < 0) throw new PatternError("it ends with a backslash");
  const written = `\\${String.fromCodePoint(codePoint)}`;
  if (/^\\[1-9k]$/.test(written)) {
    throw new PatternError(
      `a back-reference (${written}) is not supported, because it cannot be matched in linear time`,
    );
  }
  throw new PatternError(`there is no escape ${written}`);
}
