/** What counts as white space. Two notions are in use: all of Unicode's at the ends of texts, and a few of ASCII between words. */

const spaces = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const leadingSpaces = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** What stands between the words of an instruction. A new line is not among it: lines are joined before. */
export const gap: RegExp = /[\t\v\f\r ]+/;

/** Whether a character is white space in Unicode. The byte order mark is not, as opposed to what `trim` thinks. */
export function isSpace(character: string): boolean {
  return spaces.test(character);
}

/** How many characters of white space a text begins with. */
export function leadingSpace(text: string): number {
  return leadingSpaces.exec(text)?.[0].length ?? 0;
}

/** The text without white space at its ends. */
export function trimSpace(text: string): string {
  const start = leadingSpace(text);
  return text.slice(start, trailingSpaceStart(text, start));
}

/** Where the white space at the end begins, not before `from`. */
export function trailingSpaceStart(text: string, from = 0): number {
  let end = text.length;
  while (end > from && spaces.test(text[end - 1] ?? "")) end--;
  return end;
}
