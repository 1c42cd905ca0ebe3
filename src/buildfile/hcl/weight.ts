/** How large a value is when somebody walks all of it: shared parts count as often as they are reached. */
import type { Value } from "./value.ts";

export interface Weight {
  /** Values in it, itself included. */
  readonly nodes: number;
  /** UTF-16 code units of its strings and keys. */
  readonly characters: number;
  /** Levels of collections; 0 for others. */
  readonly depth: number;
}

/** Beyond these a value is refused, so that walking any value ends soon and never overflows the stack. */
export const largestWeight: Weight = { nodes: 4_000_000, characters: 64 * 1024 * 1024, depth: 400 };

const weights = new WeakMap<Value, Weight>();

/** Collections of so few plain parts are weighed again each time: remembering them costs more, the garbage collector above all. */
const fewParts = 16;

/** Takes time for the parts not weighed before only. */
export function weigh(value: Value): Weight {
  if (value.kind === "string") return { nodes: 1, characters: value.value.length, depth: 0 };
  if (!("items" in value || "entries" in value)) return scalar;
  const small = weighFew(value);
  if (small) return small;
  const known = weights.get(value);
  if (known) return known;
  const weight = "items" in value ? weighParts(value.items) : weighEntries(value.entries);
  weights.set(value, weight);
  return weight;
}

/** Whether a value is known not to be new: it was weighed before, as it is. Of small ones that is not known. */
export function isWeighed(value: Value): boolean {
  return weights.has(value);
}

export function isTooLarge(weight: Weight): boolean {
  return (
    weight.nodes > largestWeight.nodes ||
    weight.characters > largestWeight.characters ||
    weight.depth > largestWeight.depth
  );
}

/** undefined when there are more than a few parts, or collections among them. */
function weighFew(value: Collection): Weight | undefined {
  const isList = "items" in value;
  const count = isList ? value.items.length : value.entries.size;
  if (count > fewParts) return undefined;
  let characters = 0;
  let plain = true;
  const add = (part: Value): void => {
    if (part.kind === "string") characters += part.value.length;
    else if ("items" in part || "entries" in part) plain = false;
  };
  if (isList) value.items.forEach(add);
  else {
    value.entries.forEach((part, key) => {
      characters += key.length;
      add(part);
    });
  }
  return plain ? { nodes: count + 1, characters, depth: 1 } : undefined;
}

type Collection = Extract<Value, { readonly items: unknown } | { readonly entries: unknown }>;

const scalar: Weight = { nodes: 1, characters: 0, depth: 0 };

function weighParts(parts: Iterable<Value>): Weight {
  let nodes = 1;
  let characters = 0;
  let depth = 0;
  for (const part of parts) {
    const weight = weigh(part);
    nodes += weight.nodes;
    characters += weight.characters;
    if (weight.depth > depth) depth = weight.depth;
  }
  return { nodes, characters, depth: depth + 1 };
}

function weighEntries(entries: ReadonlyMap<string, Value>): Weight {
  const weight = weighParts(entries.values());
  let characters = weight.characters;
  for (const key of entries.keys()) characters += key.length;
  return { ...weight, characters };
}
