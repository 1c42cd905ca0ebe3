/** What a parser of a short text (a flag, a list element) answers: the value, or one sentence that says what is wrong. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly message: string;
      /** Where in the text, in UTF-16 code units, when one place is to blame. */
      readonly offset?: number;
    };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function unparsed(message: string, offset?: number): Parsed<never> {
  return offset === undefined ? { ok: false, message } : { ok: false, message, offset };
}
