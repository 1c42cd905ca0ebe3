/** Lays one description of services over another by the rules of compose: maps merge, lists append, the rest is replaced. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { composeProblem } from "../compose-problems.ts";
import { type ComposeNode, describeNode, type MapEntry, type MapNode } from "../node.ts";
import { pairsOf } from "../services/pairs.ts";

/** How the value under a key is laid over an earlier one, where that differs from the rule. */
interface Shape {
  /** Brings a value into the one form that merges; undefined when it does not fit. */
  readonly form?: (node: ComposeNode) => ComposeNode | undefined;
  /** Of list items with equal keys the later takes the place of the earlier. */
  readonly keyOf?: (text: string) => string;
  readonly entries?: Readonly<Record<string, Shape>>;
  /** An entry that is null replaces a value. */
  readonly nullCounts?: boolean;
}

const pairs: Shape = { form: (node) => pairsOf(node), nullCounts: true };
const build: Shape = {
  form: (node) => (node.kind === "text" ? buildOfContext(node) : node),
  entries: {
    args: pairs,
    labels: pairs,
    additional_contexts: pairs,
    ssh: pairs,
    extra_hosts: { form: hostList, keyOf: (text) => text },
    tags: { keyOf: (text) => text },
  },
};
const serviceShape: Shape = {
  entries: {
    build,
    environment: pairs,
    env_file: { form: (node) => (node.kind === "text" ? { kind: "list", items: [node], span: node.span } : node) },
  },
};
const plain: Shape = {};

/** Two services of one name, or a service and the one it extends. */
export function mergeService(base: ComposeNode, over: ComposeNode, report: DiagnosticList): ComposeNode {
  return merge(base, over, { shape: serviceShape, report });
}

/** Two values under one key, such as definitions of one secret. */
export function mergePlain(base: ComposeNode, over: ComposeNode, report: DiagnosticList): ComposeNode {
  return merge(base, over, { shape: plain, report });
}

/** The map form of a build section that is only a context. */
export function buildOfContext(context: ComposeNode): MapNode {
  const entry: MapEntry = { key: context.span, value: context };
  const tag = context.tag && { tag: context.tag };
  return { kind: "map", entries: new Map([["context", entry]]), span: context.span, ...tag };
}

interface Merging {
  readonly shape: Shape;
  readonly report: DiagnosticList;
  /** Of the later value, for messages. */
  readonly key?: { readonly name: string; readonly span: Span };
}

function merge(base: ComposeNode, over: ComposeNode, merging: Merging): ComposeNode {
  if (over.tag !== undefined) return over;
  // What an earlier file was told to forget stays forgotten below what is said now.
  if (base.tag === "reset") return { ...over, tag: "override" };
  const { shape } = merging;
  const first = shape.form?.(base) ?? base;
  const second = shape.form?.(over) ?? over;
  if (second.kind === "null") return first;
  const merged = mergeForms(first, second, merging);
  return base.tag === undefined ? merged : { ...merged, tag: base.tag };
}

function mergeForms(base: ComposeNode, over: ComposeNode, merging: Merging): ComposeNode {
  if (base.kind === "map" && over.kind === "map") return mergeMaps(base, over, merging);
  if (base.kind === "list" && over.kind === "list") return mergeLists(base.items, over, merging.shape);
  if ((base.kind === "map" || base.kind === "list") && merging.key) {
    const { name, span } = merging.key;
    const message = `${name} is ${describeNode(over)} here, but ${describeNode(base)} where it is laid over`;
    merging.report.add(
      composeProblem("compose/cannot-merge", span, message, {
        hint: `write it in the same form, or ${name}: !override to replace it`,
        related: [{ message: "laid over this", span: base.span }],
      }),
    );
  }
  return over;
}

function mergeMaps(base: MapNode, over: MapNode, { shape, report }: Merging): MapNode {
  const entries = new Map(base.entries);
  for (const [name, { key, value }] of over.entries) {
    const earlier = entries.get(name);
    if (earlier === undefined || (shape.nullCounts && value.tag === undefined)) {
      entries.set(name, { key, value });
      continue;
    }
    const merging = { shape: shape.entries?.[name] ?? plain, report, key: { name, span: key } };
    entries.set(name, { key, value: merge(earlier.value, value, merging) });
  }
  return { ...over, entries };
}

function mergeLists(base: readonly ComposeNode[], over: ComposeNode & { kind: "list" }, shape: Shape): ComposeNode {
  const all = [...base, ...over.items];
  const { keyOf } = shape;
  if (keyOf === undefined) return { ...over, items: all };
  const items = new Map<unknown, ComposeNode>();
  for (const item of all) items.set(item.kind === "text" ? keyOf(item.text) : item, item);
  return { ...over, items: [...items.values()] };
}

/** Hosts may be a map of addresses; several addresses are several items. */
function hostList(node: ComposeNode): ComposeNode | undefined {
  if (node.kind !== "map") return node;
  const items: ComposeNode[] = [];
  for (const [host, { value }] of node.entries) {
    for (const address of value.kind === "list" ? value.items : [value]) {
      if (address.kind !== "text") return undefined;
      items.push({ kind: "text", text: `${host}=${address.text}`, span: address.span });
    }
  }
  return { kind: "list", items, span: node.span };
}
