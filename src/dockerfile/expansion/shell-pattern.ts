/** The patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` and `?`, nothing else, and neither matches a line break. Work is linear in the value. */

/** Characters. More fits into no variable, and an expansion may double a value again and again. */
export const longestValue: number = 8 * 1024 * 1024;

/** Characters of the pattern times those of the value: some seconds of work. */
const mostWork = 500_000_000;

/** Instead of a value: what is wrong with the pattern. */
export interface InvalidPattern {
  readonly invalid: string;
}

type Element = { readonly kind: "character"; readonly character: string } | { readonly kind: "any" | "star" };

/** Without the part at the beginning that matches. */
export function removePrefix(
  value: string,
  pattern: string,
  options: { readonly longest: boolean },
): string | InvalidPattern {
  const elements = parsePattern(pattern, value);
  if ("invalid" in elements) return elements;
  const characters = Array.from(value);
  const match = findMatch(elements, characters, { from: 0, anchored: true, longest: options.longest });
  return match === undefined ? value : characters.slice(match.end).join("");
}

/** Without the part at the end that matches. */
export function removeSuffix(
  value: string,
  pattern: string,
  options: { readonly longest: boolean },
): string | InvalidPattern {
  const elements = parsePattern(pattern, value);
  if ("invalid" in elements) return elements;
  const characters = Array.from(value).reverse();
  const reversed = [...elements].reverse();
  const match = findMatch(reversed, characters, { from: 0, anchored: true, longest: options.longest });
  return match === undefined ? value : characters.slice(match.end).reverse().join("");
}

/** The first match replaced, the longest where it begins, or all of them. */
export function replacePattern(
  value: string,
  pattern: string,
  options: { readonly replacement: string; readonly all: boolean },
): string | InvalidPattern {
  const elements = parsePattern(pattern, value);
  if ("invalid" in elements) return elements;
  const characters = Array.from(value);
  let result = "";
  let copied = 0;
  let from = 0;
  let lastEnd = -1;
  while (from <= characters.length) {
    const match = findMatch(elements, characters, { from, anchored: false, longest: true });
    if (match === undefined) break;
    // Nothing at all, right after a match, is none.
    if (match.end > match.start || match.start !== lastEnd) {
      result += characters.slice(copied, match.start).join("") + options.replacement;
      copied = match.end;
      lastEnd = match.end;
    }
    if (result.length > longestValue) return { invalid: "the value gets too long" };
    if (!options.all) break;
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return result + characters.slice(copied).join("");
}

function parsePattern(pattern: string, value: string): readonly Element[] | InvalidPattern {
  if (pattern.length * value.length > mostWork) return { invalid: "it is too long for so long a value" };
  const characters = Array.from(pattern);
  const elements: Element[] = [];
  for (let i = 0; i < characters.length; i++) {
    let character = characters[i] ?? "";
    if (character === "*" || character === "?") {
      elements.push({ kind: character === "*" ? "star" : "any" });
      continue;
    }
    if (character === "\\") {
      const escaped = characters[++i] ?? "";
      if (escaped === "" || !"*?\\}/".includes(escaped)) return { invalid: `invalid escape '\\${escaped}'` };
      character = escaped;
    }
    elements.push({ kind: "character", character });
  }
  return elements;
}

interface Search {
  readonly from: number;
  /** It must begin at `from`. */
  readonly anchored: boolean;
  readonly longest: boolean;
}

/** The leftmost match: all ways through the pattern are followed at once, each with the place where it began. */
function findMatch(
  elements: readonly Element[],
  characters: readonly string[],
  { from, anchored, longest }: Search,
): { readonly start: number; readonly end: number } | undefined {
  let starts = nowhere(elements);
  let spare = nowhere(elements);
  let best: { readonly start: number; readonly end: number } | undefined;
  for (let at = from; at <= characters.length; at++) {
    if (best === undefined && (!anchored || at === from)) starts[0] = Math.min(startAt(starts, 0), at);
    passStars(elements, starts);
    const start = startAt(starts, elements.length);
    if (start < Infinity && (best === undefined || start <= best.start)) {
      best = { start, end: at };
      if (!longest) return best;
    }
    const alive = step(elements, starts, {
      to: spare,
      character: characters[at] ?? "\n",
      latest: best?.start ?? Infinity,
    });
    if (!alive && (best !== undefined || anchored)) return best;
    [starts, spare] = [spare, starts];
  }
  return best;
}

/** A star may stand for nothing. */
function passStars(elements: readonly Element[], starts: number[]): void {
  for (let i = 0; i < elements.length; i++) {
    if (elements[i]?.kind === "star") starts[i + 1] = Math.min(startAt(starts, i + 1), startAt(starts, i));
  }
}

interface Step {
  /** Takes the ways after the step. */
  readonly to: number[];
  readonly character: string;
  /** Ways that began after it are given up. */
  readonly latest: number;
}

/** Whether any way goes on with one more character. */
function step(elements: readonly Element[], starts: readonly number[], { to, character, latest }: Step): boolean {
  to.fill(Infinity);
  let alive = false;
  for (const [i, element] of elements.entries()) {
    const start = startAt(starts, i);
    if (start > latest || start === Infinity) continue;
    if (element.kind === "character" ? element.character !== character : character === "\n") continue;
    const next = element.kind === "star" ? i : i + 1;
    to[next] = Math.min(startAt(to, next), start);
    alive = true;
  }
  return alive;
}

/** No way is anywhere yet. */
function nowhere(elements: readonly Element[]): number[] {
  return new Array<number>(elements.length + 1).fill(Infinity);
}

function startAt(starts: readonly number[], i: number): number {
  return starts[i] ?? Infinity;
}
