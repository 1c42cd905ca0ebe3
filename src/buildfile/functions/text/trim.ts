/** Taking characters off the ends of a text. */

/** Takes the code points in `cutset` off both ends. */
export function trimSet(text: string, cutset: string): string {
  const cut = new Set(cutset);
  let start = 0;
  let end = text.length;
  while (start < end) {
    const first = characterAt(text, start);
    if (!cut.has(first)) break;
    start += first.length;
  }
  while (end > start) {
    const last = characterBefore(text, end);
    if (!cut.has(last)) break;
    end -= last.length;
  }
  return text.slice(start, end);
}

/** Takes Unicode white space off both ends; JavaScript's own `trim` has a slightly different idea of it. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start++;
  while (end > start && isSpace(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Takes all line ends off the end. */
export function chomp(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return text.slice(0, end);
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

function characterBefore(text: string, end: number): string {
  const pair = end >= 2 ? characterAt(text, end - 2) : "";
  return pair.length === 2 ? pair : text.charAt(end - 1);
}

function isSpace(character: string): boolean {
  return /^\p{White_Space}$/u.test(character);
}
