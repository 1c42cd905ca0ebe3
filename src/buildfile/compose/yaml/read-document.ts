/** From the parser's nodes to ours: aliases followed, merge keys applied, scalars understood. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Source, Span } from "../../../base/span.ts";
import { type ComposeCode, composeProblem } from "../compose-problems.ts";
import type { ComposeNode, MapEntry, MapNode } from "../node.ts";
import { plainValue } from "./scalar.ts";

/** Undefined for an empty document. */
export function readDocument(
  document: Document.Parsed,
  source: Source,
  report: DiagnosticList,
): ComposeNode | undefined {
  const { contents } = document;
  return contents === null ? undefined : new DocumentReader(source, report).read(contents);
}

/** How many nodes aliases may repeat, and how many times what was written. */
const mostRepeated = 100_000;
const mostTimes = 10;
/** How many entries merge keys may copy. */
const mostCopied = 1_000_000;

type Tag = NonNullable<ComposeNode["tag"]>;

/**
 * Aliases share the node of their anchor, so that reading takes time by what is written, whatever it would repeat. What it would
 * repeat is counted, and too much of it is refused.
 */
class DocumentReader {
  readonly #source: Source;
  readonly #report: DiagnosticList;
  /** What an anchor stands for, as long as it is being read `undefined`. A later anchor of a name hides an earlier one. */
  readonly #anchors = new Map<string, ComposeNode | undefined>();
  /** How many nodes one stands for, those that aliases repeat included. */
  readonly #weights = new WeakMap<ComposeNode, number>();
  #written = 0;
  #copied = 0;
  #refused = false;

  constructor(source: Source, report: DiagnosticList) {
    this.#source = source;
    this.#report = report;
  }

  read(node: unknown): ComposeNode {
    if (isAlias(node)) return this.#alias(node.source, this.#span(node.range));
    this.#written++;
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const read = this.#readOwn(node);
    if (anchor !== undefined) this.#anchors.set(anchor, read);
    return read;
  }

  #readOwn(node: unknown): ComposeNode {
    if (isMap(node)) return this.#map(node);
    if (isSeq(node)) return this.#list(node);
    if (isScalar(node)) return this.#scalar(node);
    return { kind: "null", span: this.#span(undefined) };
  }

  #alias(name: string, span: Span): ComposeNode {
    const target = this.#anchors.get(name);
    if (target !== undefined) return target;
    const message = this.#anchors.has(name)
      ? `the alias *${name} stands inside of the anchor it repeats`
      : `there is no anchor &${name} before this alias`;
    this.#problem("compose/alias", span, message);
    return { kind: "null", span };
  }

  #scalar(node: Scalar): ComposeNode {
    const base = { span: this.#span(node.range), ...tagOf(node.tag) };
    const text = String(node.value ?? "");
    const isPlain = node.type === "PLAIN" || node.type === undefined || node.type === null;
    if (node.tag === "tag:yaml.org,2002:str" || (!isPlain && !isTypeTag(node.tag)))
      return { kind: "text", text, ...base };
    return { ...plainValue(text), ...base };
  }

  #list(node: YAMLSeq): ComposeNode {
    const items = node.items.map((item) => this.read(item));
    return this.#weighed({ kind: "list", items, span: this.#span(node.range), ...tagOf(node.tag) }, items);
  }

  #map(node: YAMLMap): ComposeNode {
    const own = new Map<string, MapEntry>();
    let merged: readonly MapNode[] = [];
    let mergeKey: Span | undefined;
    for (const pair of node.items) {
      const key = this.#key(pair);
      if (key === undefined) continue;
      if (isMergeKey(pair)) {
        if (mergeKey) this.#duplicate("<<", key.span, mergeKey);
        mergeKey = key.span;
        merged = this.#mergedMaps(this.#value(pair, key.span), key.span);
        continue;
      }
      const earlier = own.get(key.text);
      if (earlier) this.#duplicate(key.text, key.span, earlier.key);
      own.set(key.text, { key: key.span, value: this.#value(pair, key.span) });
    }
    const entries = new Map<string, MapEntry>();
    // Of several maps the first one that has a key counts, and own keys count before all.
    for (const map of this.#affordable(merged)) {
      for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    for (const [key, entry] of own) entries.set(key, entry);
    const read: MapNode = { kind: "map", entries, span: this.#span(node.range), ...tagOf(node.tag) };
    return this.#weighed(
      read,
      [...entries.values()].map(({ value }) => value),
    );
  }

  #key({ key }: Pair): { readonly text: string; readonly span: Span } | undefined {
    const node = isAlias(key) ? this.read(key) : undefined;
    if (node?.kind === "text" && isAlias(key)) return { text: node.text, span: this.#span(key.range) };
    if (isScalar(key)) {
      const span = this.#span(key.range);
      if (key.anchor !== undefined) this.#anchors.set(key.anchor, { kind: "text", text: String(key.value), span });
      if (key.value !== null && (key.value !== "" || key.type !== "PLAIN")) return { text: String(key.value), span };
    }
    const span =
      isMap(key) || isSeq(key) || isScalar(key) || isAlias(key) ? this.#span(key.range) : this.#span(undefined);
    this.#problem("compose/key", span, "a key is missing, or is a list or a map");
    return undefined;
  }

  #value({ value }: Pair, key: Span): ComposeNode {
    // A key without a value is null at the key.
    if (value === null || value === undefined) return { kind: "null", span: key };
    const read = this.read(value);
    return read.kind === "null" && read.span.start === read.span.end ? { ...read, span: key } : read;
  }

  #mergedMaps(value: ComposeNode, key: Span): readonly MapNode[] {
    const parts = value.kind === "list" ? value.items : [value];
    const maps = parts.filter((part) => part.kind === "map");
    if (maps.length < parts.length) {
      this.#problem("compose/merge-key", key, "a merge key (<<) takes a map, an alias of one, or a list of them");
    }
    return maps;
  }

  /** Maps that each merge the one before would be copied again and again. */
  #affordable(maps: readonly MapNode[]): readonly MapNode[] {
    for (const { entries } of maps) this.#copied += entries.size;
    if (this.#copied <= mostCopied) return maps;
    const [map] = maps;
    if (map) this.#refuse(map, "the merge keys of this file copy more than a million entries");
    return [];
  }

  #weighed(node: ComposeNode, parts: readonly ComposeNode[]): ComposeNode {
    let weight = 1;
    for (const part of parts) weight += this.#weights.get(part) ?? 1;
    this.#weights.set(node, weight);
    if (weight <= mostRepeated || weight <= this.#written * mostTimes) return node;
    this.#refuse(node, "the aliases in this value repeat more values than any real file does");
    return { kind: "null", span: node.span };
  }

  /** Said once: everything around it is too large as well. */
  #refuse({ span }: ComposeNode, message: string): void {
    if (!this.#refused) this.#problem("compose/too-large", span, message);
    this.#refused = true;
  }

  #duplicate(key: string, span: Span, first: Span): void {
    this.#report.add(
      composeProblem("compose/duplicate-key", span, `the key ${JSON.stringify(key)} stands twice in this map`, {
        related: [{ message: "it is here first", span: first }],
      }),
    );
  }

  #problem(code: ComposeCode, span: Span, message: string): void {
    this.#report.add(composeProblem(code, span, message));
  }

  /** Without the line ends that the parser counts to a block. */
  #span(range: readonly [number, number, number] | null | undefined): Span {
    const [start, end] = range ?? [0, 0];
    const { text } = this.#source;
    let trimmed = Math.min(end, text.length);
    while (trimmed > start && /\s/.test(text[trimmed - 1] ?? "")) trimmed--;
    return { source: this.#source, start, end: trimmed };
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function tagOf(tag: string | undefined): { readonly tag?: Tag } {
  if (tag === "!reset") return { tag: "reset" };
  return tag === "!override" ? { tag: "override" } : {};
}

/** `!!int "5"`: a quoted scalar that is to be understood as if it were plain. */
function isTypeTag(tag: string | undefined): boolean {
  return tag !== undefined && /^tag:yaml\.org,2002:(?:int|float|bool|null)$/.test(tag);
}
