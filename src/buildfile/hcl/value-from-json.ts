/** JSON text as a value: objects, tuples, and numbers in all their digits. */
import { parseNumber } from "./number-text.ts";
import { boolValue, nullValue, numberValue, objectValue, stringValue, tupleValue, type Value } from "./value.ts";

export type JsonValue =
  | { readonly ok: true; readonly value: Value }
  /** What is wrong, and at which UTF-16 code unit of the text. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** As deep as values may be; deeper text is refused. */
const deepest = 200;

/** Reads exactly one JSON document. Of a repeated key the last value counts. */
export function valueFromJson(text: string): JsonValue {
  try {
    return { ok: true, value: new Reader(text).document() };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, message: error.message, offset: error.offset };
    throw error;
  }
}

class Malformed extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const space = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9][0-9]{0,9999})(?:\.[0-9]{1,9999})?(?:[eE][+-]?[0-9]{1,99})?/y;
const word = /true|false|null/y;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Value {
    const value = this.#value();
    this.#match(space);
    if (this.#at < this.#text.length) this.#fail("text after the end of the JSON value");
    return value;
  }

  #value(): Value {
    this.#match(space);
    const first = this.#text.charAt(this.#at);
    if (first === "{") return this.#nested(() => this.#object());
    if (first === "[") return this.#nested(() => this.#array());
    if (first === '"') return stringValue(this.#string());
    const keyword = this.#match(word);
    if (keyword !== undefined) return keyword === "null" ? nullValue : boolValue(keyword === "true");
    const digits = this.#match(number);
    const parsed = digits === undefined ? undefined : parseNumber(digits);
    if (parsed === undefined)
      return this.#fail(first === "" ? "the JSON text ends too soon" : "a JSON value was expected");
    if (parsed.kind === "infinite") return this.#fail("the number is too large");
    return numberValue(parsed);
  }

  #nested(read: () => Value): Value {
    this.#at++;
    this.#depth++;
    if (this.#depth > deepest) return this.#fail(`values nested more than ${deepest} levels deep`);
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): Value {
    const items: Value[] = [];
    if (this.#takes("]")) return tupleValue(items);
    for (;;) {
      items.push(this.#value());
      if (this.#takes("]")) return tupleValue(items);
      if (!this.#takes(",")) return this.#fail("expected , or ]");
    }
  }

  #object(): Value {
    const entries: [string, Value][] = [];
    if (this.#takes("}")) return objectValue(entries);
    for (;;) {
      this.#match(space);
      const key = this.#string().normalize("NFC");
      if (!this.#takes(":")) return this.#fail("expected : after the key");
      entries.push([key, this.#value()]);
      if (this.#takes("}")) return objectValue(entries);
      if (!this.#takes(",")) return this.#fail("expected , or }");
    }
  }

  #string(): string {
    const start = this.#at;
    if (this.#text.charAt(start) !== '"') return this.#fail("expected a string");
    this.#at = endOfString(this.#text, start);
    try {
      const decoded: unknown = JSON.parse(this.#text.slice(start, this.#at));
      // As Go's decoder does with half a surrogate pair, which UTF-8 cannot hold.
      return String(decoded).replace(/\p{Surrogate}/gu, "\ufffd");
    } catch {
      this.#at = start;
      return this.#fail("a string that is not closed, or with a wrong escape or a raw control character");
    }
  }

  #takes(character: string): boolean {
    this.#match(space);
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(message: string): never {
    throw new Malformed(message, this.#at);
  }
}

/** Behind the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  return text.length;
}
