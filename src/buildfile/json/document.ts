/** A strict JSON reader that keeps places and repeated keys, and goes on after the mistakes people make most. */
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import type { Source, Span } from "../../base/span.ts";
import type { DataEntry, DataNode, DataObject, DataString } from "../data/data.ts";
import { type JsonCode, type JsonExtras, jsonProblem } from "./json-problems.ts";
import { readJsonString } from "./string.ts";

/** Deeper documents are refused, so that no walk over one can run out of stack. */
const deepestNesting = 200;

/** The value of a document; with errors, what could be made of it. */
export function parseJsonDocument(source: Source): Checked<DataNode> {
  const report = new DiagnosticList();
  const value = new JsonReader(source, report).document();
  return { value, diagnostics: report.items };
}

const wordPattern = /[\p{L}_$][\p{L}\p{N}_$-]*/uy;
const numberLikePattern = /[+-]?[0-9a-zA-Z_.+-]+/y;
const numberPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

class JsonReader {
  readonly #source: Source;
  readonly #text: string;
  readonly #report: DiagnosticList;
  #at = 0;
  #depth = 0;
  /** After a mistake that nothing sensible can be read behind. */
  #lost = false;

  constructor(source: Source, report: DiagnosticList) {
    this.#source = source;
    this.#text = source.text;
    this.#report = report;
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
  }

  document(): DataNode {
    const value = this.#value();
    this.#skipSpace();
    if (!this.#lost && this.#at < this.#text.length) {
      this.#problem("json/extra-after-end", this.#at, this.#at + 1, "the document goes on after its end", {
        hint: "remove what follows, or check for a bracket that closes too early",
      });
    }
    return value;
  }

  #value(): DataNode {
    this.#skipSpace();
    const start = this.#at;
    const character = this.#text.charAt(start);
    if (character === "{" || character === "[") return this.#nested(character);
    if (character === '"' || character === "'") return this.#string();
    if (/[-+.0-9]/.test(character)) return this.#number();
    const word = this.#match(wordPattern);
    if (word === undefined) return this.#missingValue();
    if (word === "true" || word === "false")
      return { kind: "boolean", value: word === "true", span: this.#from(start) };
    if (word !== "null") {
      const hint = likelyWord.get(word) ?? 'put text in quotes: "…"';
      this.#problem("json/unknown-word", start, this.#at, `${word} is not a value`, { hint });
    }
    return { kind: "null", span: this.#from(start) };
  }

  #missingValue(): DataNode {
    const found = this.#text.codePointAt(this.#at);
    const shown = found === undefined ? "the end of the file" : String.fromCodePoint(found);
    this.#fail(
      "json/expected-value",
      this.#at,
      this.#at + (shown.length === 2 ? 2 : 1),
      `expected a value, found ${shown}`,
    );
    return { kind: "null", span: this.#from(this.#at) };
  }

  #nested(opener: string): DataNode {
    const start = this.#at;
    if (this.#depth === deepestNesting) {
      this.#fail("json/too-deep", start, start + 1, `nested more than ${deepestNesting} levels deep`);
      return { kind: "null", span: this.#from(start) };
    }
    this.#depth++;
    this.#at++;
    const node = opener === "{" ? this.#object(start) : this.#array(start);
    this.#depth--;
    return node;
  }

  #object(start: number): DataObject {
    const entries: DataEntry[] = [];
    this.#items(start, "}", () => {
      const key = this.#key();
      this.#skipSpace();
      if (this.#lost || !this.#colon()) return;
      entries.push({ key, value: this.#value() });
    });
    return { kind: "object", entries, span: this.#from(start) };
  }

  #array(start: number): DataNode {
    const items: DataNode[] = [];
    this.#items(start, "]", () => items.push(this.#value()));
    return { kind: "array", items, span: this.#from(start) };
  }

  /** Items with commas between them, up to and with the closing bracket. */
  #items(start: number, closer: "}" | "]", readItem: () => void): void {
    let comma: number | undefined;
    for (;;) {
      this.#skipSpace();
      if (this.#text.charAt(this.#at) === closer) break;
      if (this.#at >= this.#text.length || /[}\]]/.test(this.#text.charAt(this.#at))) {
        this.#unclosed(start, closer);
        return;
      }
      readItem();
      if (this.#lost) return;
      comma = this.#comma(closer);
    }
    if (comma !== undefined) {
      const hint = "remove the comma";
      this.#problem("json/trailing-comma", comma, comma + 1, `a comma is followed by no item but by ${closer}`, {
        hint,
      });
    }
    this.#at++;
  }

  /** Where the comma after an item is; a missing one is reported when an item follows. */
  #comma(closer: string): number | undefined {
    const end = this.#at;
    this.#skipSpace();
    const character = this.#text.charAt(this.#at);
    if (character === ",") return this.#at++;
    if (character !== closer && /["'\p{L}\p{N}_{[-]/u.test(character)) {
      this.#problem("json/missing-comma", end - 1, end, "expected a comma after this item", {
        hint: "write , between items",
      });
    } else if (character !== closer && !/[}\]]/.test(character) && this.#at < this.#text.length) {
      this.#fail("json/missing-comma", this.#at, this.#at + 1, `expected a comma or ${closer}, found ${character}`);
    }
    return undefined;
  }

  #unclosed(start: number, closer: "}" | "]"): void {
    const what = closer === "}" ? "object" : "array";
    const ends = this.#at >= this.#text.length;
    const place = ends ? start : this.#at;
    this.#fail(
      "json/unclosed",
      place,
      place + 1,
      ends ? `this ${what} is not closed` : `expected ${closer} to close the ${what}`,
      {
        hint: `close it with ${closer}`,
        ...(ends ? {} : { related: [{ message: `the ${what} opens here`, span: this.#span(start, start + 1) }] }),
      },
    );
  }

  #key(): DataString {
    const start = this.#at;
    if (/["']/.test(this.#text.charAt(start))) return this.#string();
    const key = this.#match(wordPattern) ?? this.#match(numberLikePattern);
    const content = { source: this.#source, text: key ?? "", locate: (offset: number) => start + offset };
    if (key === undefined) {
      this.#fail(
        "json/unquoted-key",
        start,
        start + 1,
        `expected a key in double quotes, found ${this.#text.charAt(start)}`,
      );
    } else {
      this.#problem("json/unquoted-key", start, this.#at, "keys are written in double quotes", {
        hint: `write ${JSON.stringify(key)}`,
      });
    }
    return { kind: "string", content, span: this.#from(start) };
  }

  #colon(): boolean {
    const character = this.#text.charAt(this.#at);
    if (character === ":") this.#at++;
    else if (character === "=") {
      this.#problem("json/expected-colon", this.#at, this.#at + 1, "a key is followed by :, not by =", {
        hint: "write : instead",
      });
      this.#at++;
    } else {
      const place = Math.min(this.#at, this.#text.length - 1);
      this.#fail("json/expected-colon", place, place + 1, "expected a colon after the key", {
        hint: 'as in "key": "value"',
      });
    }
    return !this.#lost;
  }

  #string(): DataString {
    const start = this.#at;
    const read = readJsonString(this.#source, start);
    for (const { code, start: from, end, message, hint } of read.problems)
      this.#problem(code, from, end, message, { hint });
    this.#at = read.end;
    return { kind: "string", content: read.content, span: this.#from(start) };
  }

  #number(): DataNode {
    const start = this.#at;
    const text = this.#match(numberLikePattern) ?? "";
    if (numberPattern.test(text)) return { kind: "number", text, span: this.#from(start) };
    this.#at = Math.max(this.#at, start + 1);
    this.#problem("json/invalid-number", start, this.#at, `${this.#text.slice(start, this.#at)} is not a number`, {
      hint: "write it in decimal digits, or in quotes if it is text",
    });
    return { kind: "number", text: "0", span: this.#from(start) };
  }

  /** White space, and comments, each of which is reported. */
  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) this.#at++;
      else if (code === 0x2f || code === 0x23) {
        if (!this.#skipComment()) return;
      } else return;
    }
  }

  #skipComment(): boolean {
    const start = this.#at;
    const block = this.#text.startsWith("/*", start);
    if (!block && !this.#text.startsWith("//", start) && this.#text.charAt(start) !== "#") return false;
    const found = this.#text.indexOf(block ? "*/" : "\n", start + 2);
    this.#at = found === -1 ? this.#text.length : found + (block ? 2 : 0);
    this.#problem("json/comment", start, start + (this.#text.charAt(start) === "#" ? 1 : 2), "JSON has no comments", {
      hint: 'write it as "//": "…" in a body, or use a file ending in .hcl',
    });
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #from(start: number): Span {
    return this.#span(start, this.#at);
  }

  #span(start: number, end: number): Span {
    return { source: this.#source, start, end };
  }

  #problem(code: JsonCode, start: number, end: number, message: string, extras: JsonExtras = {}): void {
    if (!this.#lost) this.#report.add(jsonProblem(code, this.#span(start, end), message, extras));
  }

  #fail(code: JsonCode, start: number, end: number, message: string, extras: JsonExtras = {}): void {
    this.#problem(code, start, Math.min(end, this.#text.length), message, extras);
    this.#lost = true;
  }
}

const likelyWord: ReadonlyMap<string, string> = new Map([
  ["True", "write true"],
  ["False", "write false"],
  ["None", "write null"],
  ["undefined", "write null"],
  ["NaN", "there is no such number in JSON"],
  ["Infinity", "there is no such number in JSON"],
]);
