/** Upper, lower and title case, code point by code point: no letter becomes several, and neighbours do not matter. */

/** Letters whose simple upper case form JavaScript does not give, because their full one has several letters; as ranges of offsets. */
const iotaSubscripts = /^[\u1f80-\u1f87\u1f90-\u1f97\u1fa0-\u1fa7]$/u;
const singleIotaSubscripts = /^[\u1fb3\u1fc3\u1ff3]$/u;

/** `DŽ Dž dž` and their like: the title case form is the middle one. */
const digraphs: readonly string[] = [
  "\u01c4\u01c5\u01c6",
  "\u01c7\u01c8\u01c9",
  "\u01ca\u01cb\u01cc",
  "\u01f1\u01f2\u01f3",
];

export function toUpper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapCodePoints(text, upperOf);
}

export function toLower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapCodePoints(text, lowerOf);
}

/** Upper case for the first letter of each word, the rest as it is. `_` and apostrophes beyond ASCII do not end a word. */
export function toTitle(text: string): string {
  let startsWord = true;
  return mapCodePoints(text, (character) => {
    const titled = startsWord ? titleOf(character) : character;
    startsWord = separates(character);
    return titled;
  });
}

function mapCodePoints(text: string, change: (character: string) => string): string {
  let changed = "";
  for (const character of text) changed += change(character);
  return changed;
}

function upperOf(character: string): string {
  const upper = character.toUpperCase();
  if (isOneCodePoint(upper)) return upper;
  const codePoint = character.codePointAt(0) ?? 0;
  if (iotaSubscripts.test(character)) return String.fromCodePoint(codePoint + 8);
  return singleIotaSubscripts.test(character) ? String.fromCodePoint(codePoint + 9) : character;
}

function lowerOf(character: string): string {
  if (character === "\u0130") return "i";
  const lower = character.toLowerCase();
  return isOneCodePoint(lower) ? lower : character;
}

function titleOf(character: string): string {
  const digraph = digraphs.find((forms) => forms.includes(character));
  if (digraph !== undefined) return digraph.charAt(1);
  // Georgian has upper case letters for headlines only, no title case.
  return /^\p{Script=Georgian}$/u.test(character) ? character : upperOf(character);
}

function separates(character: string): boolean {
  if (character <= "\u007f") return !/^[A-Za-z0-9_]$/.test(character);
  return /^\p{White_Space}$/u.test(character);
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}

function isOneCodePoint(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}
