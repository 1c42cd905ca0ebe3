/** Equality and order of values. */
import { compareBytes } from "../../base/text.ts";
import { compareNumbers } from "./number.ts";
import { typesEqual } from "./type-equality.ts";
import type { Value } from "./value.ts";

/**
 * The `==` of the language: nothing converts, values of different types are unequal, and at the top null equals null of any
 * type. Unknown values equal nothing; ask before.
 */
export function valuesEqual(a: Value, b: Value): boolean {
  if (a.kind === "null" || b.kind === "null") return a.kind === b.kind;
  return sameValue(a, b);
}

/**
 * A total order of the values of one type: false before true, numbers by value, strings by bytes, null first; collections element by
 * element. Zero exactly for values that are equal.
 */
export function compareValues(a: Value, b: Value): number {
  if (a.kind === "string" && b.kind === "string") return compareBytes(a.value, b.value);
  if (a.kind === "number" && b.kind === "number") return compareNumbers(a.value, b.value);
  if (a.kind === "bool" && b.kind === "bool") return Number(a.value) - Number(b.value);
  if (a.kind !== b.kind) return rank[a.kind] - rank[b.kind];
  if ("items" in a && "items" in b) return compareItems(a.items, b.items);
  if ("entries" in a && "entries" in b) return compareEntries(a.entries, b.entries);
  return 0;
}

const rank: Readonly<Record<Value["kind"], number>> = {
  unknown: 0,
  null: 1,
  bool: 2,
  number: 3,
  string: 4,
  tuple: 5,
  list: 6,
  set: 7,
  object: 8,
  map: 9,
};

function sameValue(a: Value, b: Value): boolean {
  switch (a.kind) {
    case "unknown":
      return false;
    case "null":
      return b.kind === "null" && typesEqual(a.type, b.type);
    case "string":
      return b.kind === "string" && a.value === b.value;
    case "bool":
      return b.kind === "bool" && a.value === b.value;
    case "number":
      return b.kind === "number" && compareNumbers(a.value, b.value) === 0;
    case "tuple":
      return b.kind === "tuple" && sameItems(a.items, b.items);
    case "list":
    case "set":
      return b.kind === a.kind && typesEqual(a.element, b.element) && sameItems(a.items, b.items);
    case "map":
      return b.kind === "map" && typesEqual(a.element, b.element) && sameEntries(a.entries, b.entries);
    case "object":
      return b.kind === "object" && sameEntries(a.entries, b.entries);
  }
}

function sameItems(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, at) => {
    const other = b[at];
    return other !== undefined && sameValue(item, other);
  });
}

function sameEntries(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !sameValue(value, other)) return false;
  }
  return true;
}

function compareItems(a: readonly Value[], b: readonly Value[]): number {
  for (const [at, item] of a.entries()) {
    const other = b[at];
    if (other === undefined) return 1;
    const order = compareValues(item, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareEntries(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): number {
  const others = b.entries();
  for (const [key, value] of a) {
    const { done, value: other } = others.next();
    if (done) return 1;
    const order = compareBytes(key, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.size - b.size;
}
