/** Sets of code points for patterns, on JavaScript's tables of Unicode properties, one code point at a time. */
import { type CharacterSet, PatternError } from "./syntax.ts";

/** A part of a set in the notation of a JavaScript character class (`a-z`, `\p{L}`), or everything outside of it. */
export interface SetPart {
  readonly source: string;
  readonly negated: boolean;
}

/** One code point, without regard to case. */
export function foldedCodePoint(codePoint: number): CharacterSet {
  return unionOf([range(codePoint, codePoint)], { ignoreCase: true, negated: false });
}

export function exactCodePoint(codePoint: number): CharacterSet {
  return { has: (other) => other === codePoint };
}

/** `.`: everything, or everything but a newline. */
export function anyCodePoint(withNewline: boolean): CharacterSet {
  return { has: withNewline ? (codePoint) => codePoint >= 0 : (codePoint) => codePoint !== 0x0a };
}

/** The union of the parts, or what is left outside of it. Case is ignored in each part before a negation of it. */
export function unionOf(
  parts: readonly SetPart[],
  { ignoreCase, negated }: { readonly ignoreCase: boolean; readonly negated: boolean },
): CharacterSet {
  const flags = ignoreCase ? "iu" : "u";
  const included = parts.filter((part) => !part.negated).map((part) => part.source);
  const inside = included.length === 0 ? undefined : new RegExp(`^[${included.join("")}]$`, flags);
  const outside = parts.filter((part) => part.negated).map((part) => new RegExp(`^[${part.source}]$`, flags));
  const test = (codePoint: number): boolean => {
    const character = String.fromCodePoint(codePoint);
    const found = inside?.test(character) || outside.some((expression) => !expression.test(character));
    return found !== negated;
  };
  return remembering(test);
}

export function range(low: number, high: number): SetPart {
  return { source: `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`, negated: false };
}

/** `\d \D \s \S \w \W`: ASCII only. */
export function perlClass(letter: string): SetPart | undefined {
  const source = perlClasses.get(letter.toLowerCase());
  return source === undefined ? undefined : { source, negated: letter !== letter.toLowerCase() };
}

/** `[:alpha:]` and `[:^alpha:]`, given what is between the colons. */
export function namedClass(name: string): SetPart | undefined {
  const negated = name.startsWith("^");
  const source = namedClasses.get(negated ? name.slice(1) : name);
  return source === undefined ? undefined : { source, negated };
}

/** `\p{Greek}`, `\pL`: a general category or a script. */
export function unicodeClass(name: string, negated: boolean): SetPart {
  const inverted = name.startsWith("^");
  const plain = inverted ? name.slice(1) : name;
  for (const property of [`General_Category=${plain}`, `Script=${plain}`, plain]) {
    const source = `\\p{${property}}`;
    if (/^[A-Za-z_=]+$/.test(property) && isValid(source)) return { source, negated: negated !== inverted };
  }
  throw new PatternError(`there is no Unicode category or script ${JSON.stringify(plain)}`);
}

const perlClasses: ReadonlyMap<string, string> = new Map([
  ["d", "0-9"],
  ["s", "\\t\\n\\f\\r "],
  ["w", "0-9A-Za-z_"],
]);

const namedClasses: ReadonlyMap<string, string> = new Map([
  ["alnum", "0-9A-Za-z"],
  ["alpha", "A-Za-z"],
  ["ascii", "\\x00-\\x7f"],
  ["blank", "\\t "],
  ["cntrl", "\\x00-\\x1f\\x7f"],
  ["digit", "0-9"],
  ["graph", "!-~"],
  ["lower", "a-z"],
  ["print", " -~"],
  ["punct", "!-\\/:-@\\[-`\\{-~"],
  ["space", "\\t\\n\\v\\f\\r "],
  ["upper", "A-Z"],
  ["word", "0-9A-Za-z_"],
  ["xdigit", "0-9A-Fa-f"],
]);

/** Plain properties that are neither categories nor scripts. */
const plainProperties = new Set(["\\p{Any}", "\\p{ASCII}", "\\p{Assigned}"]);

function isValid(source: string): boolean {
  if (!source.includes("=")) return plainProperties.has(source);
  try {
    return new RegExp(source, "u").flags === "u";
  } catch {
    return false;
  }
}

/** Asks once for each ASCII code point, because those come again and again. */
function remembering(test: (codePoint: number) => boolean): CharacterSet {
  const known: (boolean | undefined)[] = [];
  return {
    has: (codePoint) => {
      if (codePoint >= 0x80) return test(codePoint);
      const found = known[codePoint] ?? test(codePoint);
      known[codePoint] = found;
      return found;
    },
  };
}
