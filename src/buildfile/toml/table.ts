/** Tables as the statements of a document build them up, and the rules about defining one twice (TOML 1.0). */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import { coverSpans, type Span } from "../../base/span.ts";
import type { DataNode, DataObject, DataString } from "../data/data.ts";
import { tomlProblem } from "./toml-problems.ts";

/**
 * `implicit` tables exist because a header named something inside them, `dotted` ones because a key did. `inline` ones are
 * complete when they end.
 */
type Origin = "root" | "header" | "implicit" | "dotted" | "item" | "inline";

export interface Table {
  readonly kind: "table";
  origin: Origin;
  span: Span;
  readonly entries: Map<string, TableEntry>;
}

interface TableArray {
  readonly kind: "tables";
  readonly items: Table[];
  readonly span: Span;
}

interface TableEntry {
  readonly key: DataString;
  value: DataNode | Table | TableArray;
}

export function createTable(origin: Origin, span: Span): Table {
  return { kind: "table", origin, span, entries: new Map() };
}

/** `[a.b.c]`: the table the following keys go to. One that cannot be defined is reported, and a table nobody sees given. */
export function openTable(root: Table, keys: readonly DataString[], span: Span, report: DiagnosticList): Table {
  const last = keys.at(-1);
  const parent = descendHeader(root, keys.slice(0, -1), report);
  if (!last || !parent) return createTable("header", span);
  const entry = parent.entries.get(last.content.text);
  if (entry?.value.kind === "table" && entry.value.origin === "implicit") {
    entry.value.origin = "header";
    entry.value.span = span;
    return entry.value;
  }
  const table = createTable("header", span);
  if (entry) redefined(last, entry, report);
  else parent.entries.set(last.content.text, { key: last, value: table });
  return table;
}

/** `[[a.b]]`: one more table in an array of tables. */
export function openItem(root: Table, keys: readonly DataString[], span: Span, report: DiagnosticList): Table {
  const last = keys.at(-1);
  const parent = descendHeader(root, keys.slice(0, -1), report);
  const table = createTable("item", span);
  if (!last || !parent) return table;
  const entry = parent.entries.get(last.content.text);
  if (!entry) parent.entries.set(last.content.text, { key: last, value: { kind: "tables", items: [table], span } });
  else if (entry.value.kind === "tables") entry.value.items.push(table);
  else redefined(last, entry, report);
  return table;
}

/** `a.b = value`, in the table of the last header or in an inline table. */
export function assign(table: Table, keys: readonly DataString[], value: DataNode, report: DiagnosticList): void {
  let parent = table;
  for (const key of keys.slice(0, -1)) {
    const entry = parent.entries.get(key.content.text);
    if (entry?.value.kind === "table" && entry.value.origin === "dotted") parent = entry.value;
    else if (entry) {
      redefined(key, entry, report);
      return;
    } else {
      const next = createTable("dotted", key.span);
      parent.entries.set(key.content.text, { key, value: next });
      parent = next;
    }
    parent.span = coverSpans(parent.span, value.span);
  }
  const last = keys.at(-1);
  const entry = last && parent.entries.get(last.content.text);
  if (last && entry) redefined(last, entry, report);
  else if (last) parent.entries.set(last.content.text, { key: last, value });
  table.span = coverSpans(table.span, value.span);
}

/** The data of a finished table. */
export function dataOf(table: Table): DataObject {
  const entries = [...table.entries.values()].map(({ key, value }) => {
    if (value.kind === "table") return { key, value: dataOf(value) };
    if (value.kind !== "tables") return { key, value };
    return { key, value: { kind: "array" as const, items: value.items.map(dataOf), span: value.span } };
  });
  return { kind: "object", entries, span: table.span };
}

/** Headers go through every table but inline ones, and into the last item of an array of tables. */
function descendHeader(root: Table, keys: readonly DataString[], report: DiagnosticList): Table | undefined {
  let table = root;
  for (const key of keys) {
    const entry = table.entries.get(key.content.text);
    const value = entry?.value.kind === "tables" ? entry.value.items.at(-1) : entry?.value;
    if (value?.kind === "table" && value.origin !== "inline") table = value;
    else if (entry) {
      redefined(key, entry, report);
      return undefined;
    } else {
      const next = createTable("implicit", key.span);
      table.entries.set(key.content.text, { key, value: next });
      table = next;
    }
  }
  return table;
}

function redefined(key: DataString, entry: TableEntry, report: DiagnosticList): void {
  const related = [{ message: "first defined here", span: entry.key.span }];
  const hint = "remove one of the two, or put both together";
  report.add(tomlProblem("toml/redefined", key.span, `${key.content.text} is defined already`, { related, hint }));
}
