/** Text that comes from outside, made fit to be shown. */

const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const controlCharacter = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Removes terminal escape sequences, control characters (tab and newline stay, a carriage return does not) and
 * bidirectional overrides, so that a name or a log line cannot move the cursor, recolour or reorder what is shown.
 */
export function stripControl(text: string): string {
  return text.replace(escapeSequence, "").replace(controlCharacter, "");
}

/** Names in one line of text: `a, b and c`, or `a, b and 7 more` beyond `most`. */
export function enumerate(names: readonly string[], most = 5): string {
  if (names.length <= 1) return names.join("");
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** `1 target`, `3 targets`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Orders two strings by their UTF-8 bytes, which is not the order of JavaScript's `<` beyond the basic plane. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other code unit.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

const surrogate = /[\ud800-\udfff]/;

/** The texts in the order of their UTF-8 bytes. */
export function sortedByBytes(texts: Iterable<string>): readonly string[] {
  const list = [...texts];
  if (list.length < 2) return list;
  // Without surrogates it is the order of code units, which JavaScript compares by, and quicker.
  if (list.some((text) => surrogate.test(text))) return list.sort(compareBytes);
  if (list.length <= fewTexts) return insertionSorted(list);
  return isSorted(list) ? list : list.sort();
}

/** So few are sorted quicker by hand, and most are in order already: the keys of an object, the arguments of a target. */
const fewTexts = 12;

function insertionSorted(list: string[]): readonly string[] {
  for (let end = 1; end < list.length; end++) {
    const text = list[end] ?? "";
    let at = end;
    for (; at > 0; at--) {
      const before = list[at - 1] ?? "";
      if (before <= text) break;
      list[at] = before;
    }
    if (at < end) list[at] = text;
  }
  return list;
}

/** Most lists are: a look at them costs less than sorting. */
function isSorted(list: readonly string[]): boolean {
  for (let i = 1; i < list.length; i++) if ((list[i - 1] ?? "") > (list[i] ?? "")) return false;
  return true;
}
