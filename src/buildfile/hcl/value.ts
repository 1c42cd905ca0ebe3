/** Values and types of the expression language (spec bake-language, sections 7 and 8), and how to make them. */
import { compareBytes, sortedByBytes } from "../../base/text.ts";
import { compareValues } from "./compare.ts";
import type { DecimalNumber } from "./number.ts";

export type Type =
  | { readonly kind: "string" | "number" | "bool" | "any" }
  | { readonly kind: "list" | "set" | "map"; readonly element: Type }
  | { readonly kind: "tuple"; readonly elements: readonly Type[] }
  | { readonly kind: "object"; readonly attributes: ReadonlyMap<string, Type>; readonly optional: ReadonlySet<string> };

/**
 * `unknown` stands for a value whose evaluation failed and was reported: whatever uses it is unknown too, so one mistake is
 * reported once. It never reaches a definition.
 *
 * Set items are sorted and free of duplicates; map and object entries are in byte order of their keys. The constructors below
 * see to both.
 */
export type Value =
  | { readonly kind: "unknown" }
  | { readonly kind: "null"; readonly type: Type }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: DecimalNumber }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "list" | "set"; readonly element: Type; readonly items: readonly Value[] }
  | { readonly kind: "tuple"; readonly items: readonly Value[] }
  | { readonly kind: "map"; readonly element: Type; readonly entries: ReadonlyMap<string, Value> }
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, Value> };

export const stringType: Type = { kind: "string" };
export const numberType: Type = { kind: "number" };
export const boolType: Type = { kind: "bool" };
export const anyType: Type = { kind: "any" };

export const unknownValue: Value = { kind: "unknown" };
export const nullValue: Value = { kind: "null", type: anyType };
export const trueValue: Value = { kind: "bool", value: true };
export const falseValue: Value = { kind: "bool", value: false };

/** Strings are NFC normalised when they become values. */
export function stringValue(text: string): Value {
  return { kind: "string", value: normalised(text) };
}

const beyondAscii = /[^\0-\x7f]/;

/** A text as strings and names have it: NFC. */
export function normalised(text: string): string {
  return beyondAscii.test(text) ? text.normalize("NFC") : text;
}

export function numberValue(value: DecimalNumber): Value {
  return { kind: "number", value };
}

export function boolValue(value: boolean): Value {
  return value ? trueValue : falseValue;
}

export function nullOf(type: Type): Value {
  return { kind: "null", type };
}

export function tupleValue(items: readonly Value[]): Value {
  return { kind: "tuple", items };
}

export function listValue(element: Type, items: readonly Value[]): Value {
  return { kind: "list", element, items };
}

/** Items in any order, repeated ones too. */
export function setValue(element: Type, items: readonly Value[]): Value {
  const sorted = [...items].sort(compareValues);
  const distinct = sorted.filter((item, at) => {
    const before = sorted[at - 1];
    return before === undefined || compareValues(before, item) !== 0;
  });
  return { kind: "set", element, items: distinct };
}

/** Entries in any order; of a repeated key the last stays. */
export function objectValue(entries: Iterable<readonly [string, Value]>): Value {
  return objectOf(new Map(entries));
}

/** As `objectValue`, of a map that is the value's from here on. */
export function objectOf(entries: ReadonlyMap<string, Value>): Value {
  return { kind: "object", entries: inKeyOrder(entries) };
}

export function mapValue(element: Type, entries: Iterable<readonly [string, Value]>): Value {
  return { kind: "map", element, entries: inKeyOrder(new Map(entries)) };
}

function inKeyOrder(given: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  if (given.size < 2 || areInOrder(given)) return given;
  const ordered = new Map<string, Value>();
  for (const key of sortedByBytes(given.keys())) {
    const value = given.get(key);
    if (value !== undefined) ordered.set(key, value);
  }
  return ordered;
}

function areInOrder(entries: ReadonlyMap<string, unknown>): boolean {
  let before = "";
  let ordered = true;
  entries.forEach((_, key) => {
    ordered = ordered && compareBytes(before, key) <= 0;
    before = key;
  });
  return ordered;
}
