/** The data of a compose file with the place of every part. Nodes are shared where the file uses anchors. */
import type { Span } from "../../base/span.ts";

interface NodeBase {
  readonly span: Span;
  /** `!reset` takes away what earlier files say here, `!override` replaces it as a whole. */
  readonly tag?: "reset" | "override";
}

export interface TextNode extends NodeBase {
  readonly kind: "text";
  readonly text: string;
}

export interface NumberNode extends NodeBase {
  readonly kind: "number";
  /** What it becomes where text is wanted: `1.50` is the number `1.5`. */
  readonly text: string;
}

export interface BooleanNode extends NodeBase {
  readonly kind: "boolean";
  readonly value: boolean;
}

export interface NullNode extends NodeBase {
  readonly kind: "null";
}

export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly items: readonly ComposeNode[];
}

export interface MapEntry {
  readonly key: Span;
  readonly value: ComposeNode;
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export type ScalarNode = TextNode | NumberNode | BooleanNode | NullNode;
export type ComposeNode = ScalarNode | ListNode | MapNode;

export const noEntries: ReadonlyMap<string, MapEntry> = new Map();

/** The value under a key of a map; undefined for other nodes, missing keys and null. */
export function valueAt(node: ComposeNode | undefined, key: string): ComposeNode | undefined {
  const value = node?.kind === "map" ? node.entries.get(key)?.value : undefined;
  return value === undefined || value.kind === "null" || value.tag === "reset" ? undefined : value;
}

/** The text a scalar stands for where text is wanted; undefined for null, lists and maps. */
export function scalarText(node: ComposeNode): string | undefined {
  switch (node.kind) {
    case "text":
    case "number":
      return node.text;
    case "boolean":
      return String(node.value);
    default:
      return undefined;
  }
}

const descriptions: Readonly<Record<ComposeNode["kind"], string>> = {
  text: "a text",
  number: "a number",
  boolean: "a boolean",
  null: "empty",
  list: "a list",
  map: "a map",
};

/** `a list`, `a number`: for messages. */
export function describeNode(node: ComposeNode): string {
  return descriptions[node.kind];
}
