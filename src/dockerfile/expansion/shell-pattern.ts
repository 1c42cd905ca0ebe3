/** The patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` and `?`, nothing else, and neither matches a line break. Work is linear in the value. */

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
  const elements = parsePattern(pattern);
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
  const elements = parsePattern(pattern);
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
  const elements = parsePattern(pattern);
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
    if (!options.all) break;
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return result + characters.slice(copied).join("");
}

function parsePattern(pattern: string): readonly Element[] | InvalidPattern {
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
  let best: { readonly start: number; readonly end: number } | undefined;
  for (let at = from; at <= characters.length; at++) {
    if (best === undefined && (!anchored || at === from)) starts[0] = Math.min(startAt(starts, 0), at);
    passStars(elements, starts);
    const start = startAt(starts, elements.length);
    if (start < Infinity && (best === undefined || start <= best.start)) {
      best = { start, end: at };
      if (!longest) return best;
    }
    const next = step(elements, starts, characters[at] ?? "\n", best?.start ?? Infinity);
    if (next === undefined && (best !== undefined || anchored)) return best;
    starts = next ?? nowhere(elements);
  }
  return best;
}

/** A star may stand for nothing. */
function passStars(elements: readonly Element[], starts: number[]): void {
  for (let i = 0; i < elements.length; i++) {
    if (elements[i]?.kind === "star") starts[i + 1] = Math.min(startAt(starts, i + 1), startAt(starts, i));
  }
}

/** Where each way is after one more character; undefined when none goes on. Ways that began after `latest` are given up. */
function step(
  elements: readonly Element[],
  starts: readonly number[],
  character: string,
  latest: number,
): number[] | undefined {
  const next = nowhere(elements);
  let alive = false;
  for (const [i, element] of elements.entries()) {
    const start = startAt(starts, i);
    const takes = element.kind === "character" ? element.character === character : character !== "\n";
    if (start > latest || start === Infinity || !takes) continue;
    const to = element.kind === "star" ? i : i + 1;
    next[to] = Math.min(startAt(next, to), start);
    alive = true;
  }
  return alive ? next : undefined;
}

/** No way is anywhere yet. */
function nowhere(elements: readonly Element[]): number[] {
  return new Array<number>(elements.length + 1).fill(Infinity);
}

function startAt(starts: readonly number[], i: number): number {
  return starts[i] ?? Infinity;
}
