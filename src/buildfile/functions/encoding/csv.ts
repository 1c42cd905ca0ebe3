/** Comma-separated values (RFC 4180) of several records. */
import { FunctionFailure } from "../../hcl/function.ts";

export interface CsvRecord {
  readonly fields: readonly string[];
  /** Where the record begins, counted from 1. */
  readonly line: number;
}

/** Reads all records; empty lines between them are skipped. Throws a FunctionFailure that names the line. */
export function* readRecords(text: string): Generator<CsvRecord> {
  const reader = new CsvReader(text);
  for (let record = reader.next(); record !== undefined; record = reader.next()) yield record;
}

class CsvReader {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    // Inside quotes as well, a line may end in CR LF; that is how the text was stored, not what it says.
    this.#text = text.replace(/\r\n/g, "\n").replace(/\r$/, "");
  }

  /** undefined at the end of the text. */
  next(): CsvRecord | undefined {
    while (this.#takes("\n")) this.#line++;
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    const fields = [this.#field()];
    while (this.#takes(",")) fields.push(this.#field());
    if (this.#takes("\n")) this.#line++;
    return { fields, line };
  }

  #field(): string {
    if (this.#takes('"')) return this.#quotedField();
    const start = this.#at;
    while (this.#at < this.#text.length && !/[,\n]/.test(this.#text.charAt(this.#at))) this.#at++;
    const field = this.#text.slice(start, this.#at);
    if (field.includes('"')) this.#fail('a quote (") inside a field that is not quoted');
    return field;
  }

  #quotedField(): string {
    let field = "";
    for (;;) {
      const quote = this.#text.indexOf('"', this.#at);
      if (quote < 0) this.#fail('a quoted field has no closing quote (")');
      const piece = this.#text.slice(this.#at, quote);
      field += piece;
      this.#at = quote + 1;
      if (this.#takes('"')) field += '"';
      else break;
    }
    if (this.#at < this.#text.length && !/[,\n]/.test(this.#text.charAt(this.#at))) {
      this.#fail('text follows the closing quote (") of a field');
    }
    this.#line += field.split("\n").length - 1;
    return field;
  }

  #takes(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #fail(message: string): never {
    throw new FunctionFailure(`line ${this.#line} of the CSV text: ${message}`, 0);
  }
}
