/** One pattern of an ignore file: Go's path globs (`*`, `?`, `[a-z]`, `\x`) and `**` for any number of folders. */

export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Says whether the whole path (`/` between names, no leading one) matches. */
export type GlobMatch = (path: string) => boolean;

/** Throws a PatternError for a pattern that is none. */
export function compileGlob(pattern: string): GlobMatch {
  const special = pattern.search(/[*?[\]\\]/);
  if (special === -1) return (path) => path === pattern;
  if (pattern === "**") return () => true;
  // The two shapes most patterns have need no expression.
  if (special === pattern.length - 2 && pattern.endsWith("**")) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  if (pattern.startsWith("**") && !/[*?[\]\\]/.test(pattern.slice(2))) {
    const suffix = pattern.slice(2);
    const name = suffix.startsWith("/") ? suffix.slice(1) : undefined;
    return (path) => path.endsWith(suffix) || path === name;
  }
  const expression = new RegExp(`^${expressionOf(pattern)}$`, "su");
  return (path) => expression.test(path);
}

function expressionOf(pattern: string): string {
  let expression = "";
  let at = 0;
  while (at < pattern.length) {
    const part = nextPart(pattern, at);
    expression += part.expression;
    at = part.next;
  }
  return expression;
}

interface Part {
  readonly expression: string;
  readonly next: number;
}

function nextPart(pattern: string, at: number): Part {
  const character = characterAt(pattern, at);
  const next = at + character.length;
  switch (character) {
    case "*":
      return pattern[next] === "*" ? anyFolders(pattern, next + 1) : { expression: "[^/]*", next };
    case "?":
      return { expression: "[^/]", next };
    case "[":
      return characterClass(pattern, next);
    case "\\": {
      const escaped = characterAt(pattern, next);
      if (escaped === "") throw new PatternError(`the pattern ${pattern} ends with a backslash`);
      return { expression: literal(escaped), next: next + escaped.length };
    }
    default:
      return { expression: literal(character), next };
  }
}

/** `**` and the slash after it: nothing at all, or whole folders. At the end it takes everything. */
function anyFolders(pattern: string, after: number): Part {
  const next = pattern[after] === "/" ? after + 1 : after;
  return { expression: next >= pattern.length ? ".*" : "(?:.*/)?", next };
}

function characterClass(pattern: string, start: number): Part {
  let at = start;
  const negated = pattern[at] === "^";
  if (negated) at++;
  let ranges = "";
  while (pattern[at] !== "]" || ranges === "") {
    const low = classMember(pattern, at);
    at = low.next;
    if (pattern[at] !== "-") {
      ranges += literal(low.text);
      continue;
    }
    const high = classMember(pattern, at + 1);
    at = high.next;
    if ((high.text.codePointAt(0) ?? 0) < (low.text.codePointAt(0) ?? 0)) {
      throw new PatternError(`the pattern ${pattern} has a range that runs backwards`);
    }
    ranges += `${literal(low.text)}-${literal(high.text)}`;
  }
  return { expression: `[${negated ? "^" : ""}${ranges}]`, next: at + 1 };
}

function classMember(pattern: string, at: number): { readonly text: string; readonly next: number } {
  const escaped = pattern[at] === "\\";
  const text = characterAt(pattern, escaped ? at + 1 : at);
  if (text === "") throw new PatternError(`the pattern ${pattern} has a [ without its ]`);
  if (!escaped && (text === "-" || text === "]")) {
    throw new PatternError(`the pattern ${pattern} has a ${text} where a character of its [ ] should be`);
  }
  return { text, next: at + text.length + (escaped ? 1 : 0) };
}

function characterAt(pattern: string, at: number): string {
  const codePoint = pattern.codePointAt(at);
  return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
}

/** The character as itself, inside brackets and outside of them. */
function literal(character: string): string {
  // Outside of brackets a dash may not be escaped with a backslash.
  if (character === "-") return "\\x2d";
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
