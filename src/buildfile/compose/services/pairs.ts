/** The two forms in which compose takes names with values: a map, or a list of `name=value`. */
import { type ComposeNode, type MapEntry, type MapNode, noEntries } from "../node.ts";

/**
 * The map form. An item of a list without `=` has no value (null). `separators` are tried in order. Undefined when it is neither, or
 * an item is no text.
 */
export function pairsOf(node: ComposeNode, separators: readonly string[] = ["="]): MapNode | undefined {
  if (node.kind === "map") return node;
  const tag = node.tag && { tag: node.tag };
  if (node.kind === "null") return { kind: "map", entries: noEntries, span: node.span, ...tag };
  if (node.kind !== "list") return undefined;
  const entries = new Map<string, MapEntry>();
  for (const item of node.items) {
    if (item.tag === "reset") continue;
    if (item.kind !== "text") return undefined;
    const { text, span } = item;
    const at = separators.map((separator) => text.indexOf(separator)).find((found) => found !== -1);
    const key = at === undefined ? text : text.slice(0, at);
    const value: ComposeNode =
      at === undefined ? { kind: "null", span } : { kind: "text", text: text.slice(at + 1), span };
    entries.set(key, { key: span, value });
  }
  return { kind: "map", entries, span: node.span, ...tag };
}
