/** Which part of a body each comment belongs to. */
import { positionAt, type Source } from "../../base/span.ts";
import type { BodyComments } from "../../buildfile/hcl/print.ts";
import type { Attribute, Block, Body, BuildFileFormat, SyntaxFile } from "../../buildfile/hcl/syntax.ts";
import { type Comment, commentsOf } from "./comments.ts";

interface Item {
  readonly node: Attribute | Block;
  readonly start: number;
  readonly end: number;
  /** The block it is in. */
  readonly parent: Item | undefined;
}

/**
 * A comment belongs to the item on whose line or in whose value it stands, else to the one that follows it in the same block, else to the end of that
 * block. Those at the top that a blank line parts from the first item belong to the file.
 */
export function attachComments(file: SyntaxFile): BodyComments {
  const before = new Map<Attribute | Block, string[]>();
  const atEnd = new Map<Body, string[]>();
  const items = itemsOf(file.body).sort((a, b) => a.start - b.start);
  const comments = commentsOf(file.source, file.format);
  const first = items[0]?.start ?? 0;
  const aboutFile = headerLength(
    comments.filter(({ start }) => start < first),
    first,
    file,
  );
  for (const comment of comments.slice(aboutFile)) {
    const place = placeOf(comment, { items, file });
    if (place === "nowhere") continue;
    if ("attributes" in place) append(atEnd, place, comment.lines);
    else append(before, place.node, comment.lines);
  }
  return {
    atStart: comments.slice(0, aboutFile).flatMap(({ lines }) => lines),
    before: (item) => before.get(item) ?? [],
    atEnd: (body) => atEnd.get(body) ?? [],
  };
}

/** How many of the comments before the first item are about the file; in JSON, which has no place for others, all. */
function headerLength(comments: readonly Comment[], firstItem: number, { source, format }: SyntaxFile): number {
  if (format === "json") return comments.length;
  const last = comments.findLastIndex(({ end }, i) => {
    return /\n[ \t\r]*\n/.test(source.text.slice(end, comments[i + 1]?.start ?? firstItem));
  });
  return last + 1;
}

function itemsOf(body: Body, parent?: Item): Item[] {
  const attributes = body.attributes.map((node): Item => ({ node, ...node.span, parent }));
  const blocks = body.blocks.flatMap((node) => {
    const item: Item = { node, ...node.span, parent };
    return [item, ...itemsOf(node.body, item)];
  });
  return [...attributes, ...blocks];
}

interface Surroundings {
  readonly items: readonly Item[];
  readonly file: SyntaxFile;
}

function placeOf({ start }: Comment, { items, file }: Surroundings): Item | Body | "nowhere" {
  const after = firstAfter(items, start);
  const last = items[after - 1];
  const container = enclosing(last, start);
  if (container && "value" in container.node) return isKeyOfValue(file.format) ? "nowhere" : container;
  const beside = file.format === "json" ? undefined : besideOf(last, start, file.source);
  if (beside) return beside;
  const next = items[after];
  if (next && (!container || next.start < container.end)) return next;
  return container && "body" in container.node ? container.node.body : file.body;
}

/** The item on the same line that ends last before an offset, or goes on after it. */
function besideOf(last: Item | undefined, offset: number, source: Source): Item | undefined {
  const { line } = positionAt(source, offset);
  const isOnLine = (item: Item): boolean => positionAt(source, item.start).line === line;
  if (!last || !isOnLine(last)) return undefined;
  let item = last;
  while (item.parent && item.parent.end <= offset && isOnLine(item.parent)) item = item.parent;
  return item;
}

/** In a value of JSON `//` is a key as any other. */
function isKeyOfValue(format: BuildFileFormat): boolean {
  return format === "json";
}

/** The innermost item around an offset, from the last one that begins before it. */
function enclosing(last: Item | undefined, offset: number): Item | undefined {
  let item = last;
  while (item && item.end <= offset) item = item.parent;
  return item;
}

/** The index of the first item that begins after an offset. */
function firstAfter(items: readonly Item[], offset: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function append<K>(map: Map<K, string[]>, key: K, lines: readonly string[]): void {
  const known = map.get(key);
  if (known) known.push(...lines);
  else map.set(key, [...lines]);
}
