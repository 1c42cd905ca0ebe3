/** One RFC 4180 record, comma (or another character) separated, as flags and build files use it for `key=value` lists. */

export type CsvResult =
  | { readonly ok: true; readonly fields: readonly string[] }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/**
 * Splits a record. A quoted field starts and ends with `"`, doubles inner quotes and may hold separators; spaces are
 * kept; empty text has no record and is an error, as are a bare quote and an unclosed one.
 */
export function parseCsvRecord(text: string, separator = ","): CsvResult {
  if (text === "") return { ok: false, message: "empty value", offset: 0 };
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = text[at] === '"' ? quotedField(text, at, separator) : bareField(text, at, separator);
    if (!field.ok) return field;
    fields.push(field.text);
    if (field.next >= text.length) return { ok: true, fields };
    at = field.next + 1;
    if (at === text.length) return { ok: true, fields: [...fields, ""] };
  }
}

type Field =
  | { readonly ok: true; readonly text: string; readonly next: number }
  | { readonly ok: false; readonly message: string; readonly offset: number };

function bareField(text: string, start: number, separator: string): Field {
  const found = text.indexOf(separator, start);
  const end = found === -1 ? text.length : found;
  const quote = text.indexOf('"', start);
  if (quote !== -1 && quote < end) {
    return { ok: false, message: 'a quote (") inside an unquoted field', offset: quote };
  }
  return { ok: true, text: text.slice(start, end), next: end };
}

function quotedField(text: string, start: number, separator: string): Field {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return { ok: false, message: 'a quoted field without its closing quote (")', offset: start };
    value += text.slice(at, quote);
    if (text[quote + 1] === '"') {
      value += '"';
      at = quote + 2;
      continue;
    }
    if (quote + 1 < text.length && text[quote + 1] !== separator) {
      return { ok: false, message: 'text after the closing quote (") of a field', offset: quote + 1 };
    }
    return { ok: true, text: value, next: quote + 1 };
  }
}
