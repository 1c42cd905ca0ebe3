/** The text that stands in a source for other text: escapes of quoted strings, and `$${`, `%%{` of every template. */

export interface InvalidEscape {
  /** Offsets in the escaped text. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

/** Heredocs and data strings: backslashes are plain. */
export function unescapeLine(escaped: string): string {
  return /\$\$\{|%%\{/.test(escaped) ? escaped.replace(/\$\$\{|%%\{/g, (found) => found.slice(1)) : escaped;
}

/** Quoted strings. An escape that is none stays as it is written and is told to `onInvalid`. */
export function unescapeQuoted(escaped: string, onInvalid: (invalid: InvalidEscape) => void): string {
  if (!escaped.includes("\\")) return unescapeLine(escaped);
  return escaped.replace(escapePattern, (found, offset: number) => {
    if (!found.startsWith("\\")) return found.slice(1);
    const text = escapedText(found);
    if (text !== undefined) return text;
    onInvalid({ start: offset, end: offset + found.length, ...explain(found) });
    return found;
  });
}

const escapePattern = /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S]?)|\$\$\{|%%\{/gu;

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["\\n", "\n"],
  ["\\r", "\r"],
  ["\\t", "\t"],
  ['\\"', '"'],
  ["\\\\", "\\"],
]);

function escapedText(written: string): string | undefined {
  const simple = simpleEscapes.get(written);
  if (simple !== undefined || written.length < 6) return simple;
  const codePoint = Number.parseInt(written.slice(2), 16);
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return undefined;
  return String.fromCodePoint(codePoint);
}

function explain(written: string): { readonly message: string; readonly hint: string } {
  if (written.length >= 6) {
    const hint = "beyond U+FFFF write \\U and eight digits, as in \\U0001F600";
    return { message: `${written} is no Unicode character`, hint };
  }
  if (/^\\[uU]$/.test(written)) {
    const digits = written === "\\u" ? "four" : "eight";
    return { message: `${written} needs ${digits} hexadecimal digits`, hint: "as in \\u00e9 or \\U0001F600" };
  }
  if (written === "\\$" || written === "\\%") {
    const sign = written.slice(1);
    return {
      message: `there is no escape ${written}`,
      hint: `write ${sign}${sign}{ for a plain ${sign}{; other ${sign} need no escape`,
    };
  }
  return { message: `there is no escape ${written}`, hint: "for a backslash write \\\\" };
}
