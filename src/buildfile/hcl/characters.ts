/** Classes of characters the language is made of. */

/** Identifiers start with a Unicode letter or `_` and go on with Unicode ID_Continue or `-`. Sticky: set `lastIndex`. */
const identifierPattern = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;

/** The offset after the identifier that begins at `at`, or `at` when none does. */
export function identifierEnd(text: string, at: number): number {
  let end = at;
  let code = text.charCodeAt(end);
  if (code < 0x80 && !isAsciiLetter(code)) return at;
  while (code < 0x80 && inAsciiIdentifier[code] === 1) code = text.charCodeAt(++end);
  if (!(code >= 0x80)) return end;
  identifierPattern.lastIndex = at;
  return identifierPattern.test(text) ? identifierPattern.lastIndex : at;
}

/** By character code: 1 for what an identifier may go on with. */
const inAsciiIdentifier = Uint8Array.from({ length: 0x80 }, (_, code) =>
  /[\w-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Letters and `_`. */
export function isAsciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

/** Whether all of the text is one identifier. */
export function isIdentifier(text: string): boolean {
  return text !== "" && identifierEnd(text, 0) === text.length;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Unicode's White_Space property, which is not what `\s` and `trim` of JavaScript take for white space. */
export function isWhiteSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code === 0x85 || code === 0xa0 || code === 0x1680 || code === 0x202f || code === 0x205f || code === 0x3000) {
    return true;
  }
  return (code >= 0x2000 && code <= 0x200a) || code === 0x2028 || code === 0x2029;
}

/** How many white space characters a text begins with. */
export function leadingWhiteSpace(text: string): number {
  let count = 0;
  while (count < text.length && isWhiteSpace(text.charCodeAt(count))) count++;
  return count;
}

export function trimStart(text: string): string {
  return text.slice(leadingWhiteSpace(text));
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isWhiteSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}
