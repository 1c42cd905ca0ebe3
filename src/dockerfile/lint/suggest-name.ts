/** The name somebody may have meant, by BuildKit's measure: two edits away at most, the first of the nearest. */

/** Beyond this many names nobody is helped, and the search takes its time. */
const mostNames = 1000;

export function suggestName(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  let looked = 0;
  for (const name of names) {
    if (name === word) return undefined;
    if (++looked > mostNames) break;
    if (Math.abs(name.length - word.length) >= bestDistance) continue;
    const distance = editDistance(Array.from(word), Array.from(name));
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean x?)`, as messages end in it; or nothing. */
export function suggestion(word: string, names: Iterable<string>, prefix = ""): string {
  const name = suggestName(word, names);
  return name === undefined ? "" : ` (did you mean ${prefix}${name}?)`;
}

/** Levenshtein's. */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, character] of a.entries()) {
    const row = [i + 1];
    for (const [j, other] of b.entries()) {
      const replaced = (last[j] ?? 0) + (character === other ? 0 : 1);
      row.push(Math.min((last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, replaced));
    }
    last = row;
  }
  return last[b.length] ?? 0;
}
