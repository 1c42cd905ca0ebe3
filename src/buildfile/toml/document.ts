/** TOML documents with places: @iarna/toml reads the characters, what it finds is built up here. */
import TomlParser from "@iarna/toml/lib/toml-parser.js";
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import type { Source, Span } from "../../base/span.ts";
import type { DataNode, DataObject, DataString } from "../data/data.ts";
import { tomlScalar } from "./scalar.ts";
import { tomlStringContent } from "./string.ts";
import { syntaxFailure } from "./syntax-failure.ts";
import { assign, createTable, dataOf, openItem, openTable, type Table } from "./table.ts";

/** The data of a document. After a mistake reading goes on at the next header, so that several are reported at once. */
export function parseTomlDocument(source: Source): Checked<DataObject> {
  const report = new DiagnosticList();
  const value = new PlacedTomlParser(source, report).document();
  const diagnostics = [...report.items].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return { value, diagnostics };
}

/** A level of nesting puts three states on the machine's stack at most. */
const deepestStack = 600;
const longestKey = 200;

const headerLine = /^[ \t]*\[.*\][ \t]*(?:#.*)?\r?$/gm;

const space = 0x20;
const tab = 0x09;
const period = 0x2e;
const closeBracket = 0x5d;

/**
 * Notes where keys and values begin and end, and takes over wherever the parser would record one. What it has to remember about a state or a
 * container of the parser is kept beside it, under its identity.
 */
class PlacedTomlParser extends TomlParser {
  readonly #source: Source;
  readonly #report: DiagnosticList;
  readonly #root: Table;
  /** Where the key or the value began that a state reads. */
  readonly #starts = new WeakMap<object, number>();
  readonly #keys = new WeakMap<object, DataString[]>();
  readonly #lists = new WeakMap<object, DataNode[]>();
  readonly #inlineTables = new WeakMap<object, Table>();
  /** The table of the last header. */
  #table: Table;
  #header: DataString[] = [];
  #headerStart = 0;
  /** The key or value that was read last. */
  #last: Span;
  #assignment: { readonly keys: readonly DataString[]; readonly node: DataNode } | undefined;

  constructor(source: Source, report: DiagnosticList) {
    super();
    this.#source = source;
    this.#report = report;
    this.#root = createTable("root", this.#span(0, source.text.length));
    this.#table = this.#root;
    this.#last = this.#root.span;
  }

  document(): DataObject {
    // A byte order mark is no part of a document; a space in its place keeps the offsets.
    const text = this.#source.text.replace(/^\ufeff/, " ");
    let from: number | undefined = 0;
    while (from !== undefined && !this.#run(text, from)) {
      headerLine.lastIndex = Math.max(from, this.ii);
      from = headerLine.exec(text)?.index;
    }
    return dataOf(this.#root);
  }

  /** Runs the machine from an offset that begins a statement; false when it stopped at a mistake. */
  #run(text: string, from: number): boolean {
    this.state = { parser: this.parseStart, buf: "", returned: null, result: null, resultTable: null, resultArr: null };
    this.stack = [];
    this._buf = text;
    this.ii = from - 1;
    this.char = -1;
    try {
      while (this.nextChar()) this.runOne();
      this.finish();
      return true;
    } catch (error) {
      const at = Math.min(this.ii, text.length);
      this.#report.add(syntaxFailure({ error, source: this.#source, at, start: this.#innermostStart() }));
      return false;
    }
  }

  /** Where the innermost key or value began that was being read. */
  #innermostStart(): number | undefined {
    for (const state of [this.state, ...this.stack.slice(-3).reverse()]) {
      const start = this.#starts.get(state);
      if (start !== undefined) return start;
    }
    return undefined;
  }

  protected override parseKeyword(): unknown {
    this.#starts.set(this.state, this.ii);
    return super.parseKeyword();
  }

  protected override parseValue(): unknown {
    if (this.stack.length > deepestStack) throw this.error(new Error("too deep"));
    if (!this.#starts.has(this.state)) this.#starts.set(this.state, this.ii);
    return super.parseValue();
  }

  protected override return(value?: unknown): unknown {
    this.#note(this.ii + 1);
    return super.return(value);
  }

  protected override returnNow(value?: unknown): unknown {
    this.#note(this.ii);
    super.return(value);
    return this.runOne();
  }

  #note(end: number): void {
    const start = this.#starts.get(this.state);
    if (start !== undefined) this.#last = this.#span(start, end);
  }

  protected override recordAssignKeyword(): unknown {
    const keys = this.#keys.get(this.state) ?? [];
    keys.push(this.#key());
    if (keys.length > longestKey) throw this.error(new Error("too deep"));
    this.#keys.set(this.state, keys);
    return this.goto(this.parseAssignKeywordPreDot);
  }

  protected override recordAssignValue(value: unknown): unknown {
    const keys = this.#keys.get(this.state) ?? [];
    this.#assignment = { keys, node: this.#node(value) };
    return this.returnNow(value);
  }

  protected override recordAssignStatement(): unknown {
    this.#assignTo(this.#table);
    return this.goto(this.parseWhitespaceToEOL);
  }

  protected override recordInlineTableValue(): unknown {
    const container = this.state.resultTable;
    if (container === null || typeof container !== "object") throw new TypeError("an inline table has no container");
    const table = this.#inlineTables.get(container) ?? createTable("inline", this.#last);
    this.#inlineTables.set(container, table);
    this.#assignTo(table);
    return this.goto(this.parseInlineTableNext);
  }

  protected override recordInlineListValue(value: unknown): unknown {
    const container = this.state.resultArr;
    const list = (container !== null && typeof container === "object" && this.#lists.get(container)) || [];
    list.push(this.#node(value));
    this.#lists.set(list, list);
    this.state.resultArr = list;
    return this.goto(this.parseInlineListNext);
  }

  protected override parseTable(): unknown {
    this.#header = [];
    this.#headerStart = this.ii - 1;
    return super.parseTable();
  }

  protected override parseTableMore(): unknown {
    if (!this.#takeHeaderKey()) return null;
    if (this.char === period) return this.next(this.parseTableNext);
    this.#table = openTable(this.#root, this.#header, this.#span(this.#headerStart, this.ii + 1), this.#report);
    return this.next(this.parseWhitespaceToEOL);
  }

  protected override parseList(): unknown {
    this.#header = [];
    this.#headerStart = this.ii - 2;
    return super.parseList();
  }

  protected override parseListMore(): unknown {
    if (!this.#takeHeaderKey()) return null;
    if (this.char === period) return this.next(this.parseListNext);
    this.#table = openItem(this.#root, this.#header, this.#span(this.#headerStart, this.ii + 2), this.#report);
    return this.next(this.parseListEnd);
  }

  /** At the character after a key of a header; false at white space, which is passed over. */
  #takeHeaderKey(): boolean {
    if (this.char === space || this.char === tab) return false;
    if (this.char !== period && this.char !== closeBracket) throw this.error(new Error("expected . or ]"));
    this.#header.push(this.#key());
    if (this.#header.length > longestKey) throw this.error(new Error("too deep"));
    return true;
  }

  #assignTo(table: Table): void {
    if (this.#assignment) assign(table, this.#assignment.keys, this.#assignment.node, this.#report);
  }

  #key(): DataString {
    const span = this.#last;
    return { kind: "string", content: tomlStringContent(this.#source, span.start, span.end), span };
  }

  /** The value that was just read; the parser's own value tells containers apart. */
  #node(value: unknown): DataNode {
    const span = this.#last;
    const written = this.#source.text.slice(span.start, span.end);
    const container = value !== null && typeof value === "object" ? value : {};
    if (/^["']/.test(written)) return this.#key();
    if (written.startsWith("[")) return { kind: "array", items: this.#lists.get(container) ?? [], span };
    if (!written.startsWith("{")) return tomlScalar(written, span, this.#report);
    const table = this.#inlineTables.get(container);
    return { kind: "object", entries: table ? dataOf(table).entries : [], span };
  }

  #span(start: number, end: number): Span {
    return { source: this.#source, start, end };
  }
}
