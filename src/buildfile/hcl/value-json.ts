/** Values as JSON, with the escapes of Go's encoder: the same text the peer prints. */
import { formatNumber } from "./number-text.ts";
import type { Value } from "./value.ts";

export type JsonText =
  | { readonly ok: true; readonly text: string }
  /** Why the value has no JSON text. */
  | { readonly ok: false; readonly message: string };

/** More text than this is refused. */
const largestText = 64 * 1024 * 1024;

/**
 * One line: keys sorted, no spaces, numbers in full decimal, `<`, `>`, `&`, U+2028 and U+2029 escaped. Infinity and unknown values
 * have no JSON, nor have values whose text would be longer than 64 Mi characters.
 */
export function valueToJson(value: Value): JsonText {
  const writer = new Writer();
  writer.write(value);
  if (writer.problem !== undefined) return { ok: false, message: writer.problem };
  return { ok: true, text: writer.pieces.join("") };
}

/** A JSON string literal with the same escapes. */
export function quoteJson(text: string): string {
  const plain = JSON.stringify(text);
  return plain.replace(/[<>&\u2028\u2029]/g, (found) => goEscapes[found] ?? found);
}

const goEscapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

class Writer {
  readonly pieces: string[] = [];
  problem: string | undefined;
  #length = 0;

  write(value: Value): void {
    if (this.problem !== undefined) return;
    switch (value.kind) {
      case "null":
        this.#add("null");
        break;
      case "bool":
        this.#add(String(value.value));
        break;
      case "string":
        this.#add(quoteJson(value.value));
        break;
      case "number":
        if (value.value.kind === "infinite") this.problem = "infinity has no JSON form";
        this.#add(formatNumber(value.value));
        break;
      case "list":
      case "set":
      case "tuple":
        this.#items(value.items);
        break;
      case "map":
      case "object":
        this.#entries(value.entries);
        break;
      case "unknown":
        this.problem = "the value is not known";
    }
  }

  #items(items: readonly Value[]): void {
    this.#add("[");
    for (const [at, item] of items.entries()) {
      if (at > 0) this.#add(",");
      this.write(item);
    }
    this.#add("]");
  }

  #entries(entries: ReadonlyMap<string, Value>): void {
    let separator = "{";
    for (const [key, entry] of entries) {
      this.#add(`${separator}${quoteJson(key)}:`);
      this.write(entry);
      separator = ",";
    }
    this.#add(entries.size === 0 ? "{}" : "}");
  }

  #add(piece: string): void {
    this.#length += piece.length;
    if (this.#length > largestText) this.problem ??= "the JSON text is too long";
    else this.pieces.push(piece);
  }
}
