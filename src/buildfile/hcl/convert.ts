/** Conversion of values to a wanted type (spec bake-language, sections 8.1 and 8.2). */
import { formatNumber, parseNumber } from "./number-text.ts";
import { describeValue, friendlyTypeName, hasAny, objectType, tupleType, typeOf } from "./type.ts";
import { typesEqual } from "./type-equality.ts";
import { unify } from "./unify.ts";
import {
  anyType,
  boolValue,
  listValue,
  mapValue,
  nullOf,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  type Type,
  tupleValue,
  unknownValue,
  type Value,
} from "./value.ts";

/** Why a value does not convert. */
export interface ConversionProblem {
  readonly kind: "problem";
  /** The way from the value to the part that is wrong: indexes and keys; empty for the value itself. */
  readonly path: readonly (string | number)[];
  /** What is wanted there: `number`, `list of string`, `a tuple of 2 elements`. */
  readonly expected: string;
  /** What is there: `the string "abc"`, `an object`. */
  readonly found: string;
}

/**
 * The value as `type`, or why not. Null becomes null of that type, the unknown value stays unknown. `any` takes everything as it
 * is; inside a collection type it stands for the one type all elements convert to.
 */
export function convert(value: Value, type: Type): Value | ConversionProblem {
  if (value.kind === "unknown" || type.kind === "any") return value;
  if (value.kind === "null") return nullOf(type);
  switch (type.kind) {
    case "string":
      return toStringValue(value) ?? mismatch(value, type);
    case "number":
      return toNumberValue(value) ?? mismatch(value, type);
    case "bool":
      return toBoolValue(value) ?? mismatch(value, type);
    case "list":
    case "set":
      return toSequence(value, type.kind, type.element);
    case "map":
      return toMap(value, type.element);
    case "tuple":
      return toTuple(value, type.elements);
    case "object":
      return toObject(value, type.attributes, type.optional);
  }
}

/** The problem as the end of a sentence: `expected number, found the string "abc" at [1].port`. */
export function describeProblem(problem: ConversionProblem): string {
  const path = problem.path
    .map((step) => {
      if (typeof step === "number") return `[${step}]`;
      return /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join("");
  const place = path === "" ? "" : ` at ${path.replace(/^\./, "")}`;
  return `expected ${problem.expected}, found ${problem.found}${place}`;
}

function mismatch(value: Value, type: Type): ConversionProblem {
  return { kind: "problem", path: [], expected: friendlyTypeName(type), found: describeValue(value) };
}

function within(step: string | number, problem: ConversionProblem): ConversionProblem {
  return { ...problem, path: [step, ...problem.path] };
}

function toStringValue(value: Value): Value | undefined {
  if (value.kind === "string") return value;
  if (value.kind === "number") return stringValue(formatNumber(value.value));
  return value.kind === "bool" ? stringValue(String(value.value)) : undefined;
}

function toNumberValue(value: Value): Value | undefined {
  if (value.kind === "number") return value;
  const number = value.kind === "string" ? parseNumber(value.value) : undefined;
  return number === undefined ? undefined : numberValue(number);
}

function toBoolValue(value: Value): Value | undefined {
  if (value.kind === "bool") return value;
  if (value.kind !== "string") return undefined;
  if (value.value === "true" || value.value === "1") return boolValue(true);
  return value.value === "false" || value.value === "0" ? boolValue(false) : undefined;
}

function toSequence(value: Value, kind: "list" | "set", element: Type): Value | ConversionProblem {
  if (!("items" in value)) return mismatch(value, { kind, element });
  if (value.kind !== "tuple" && typesEqual(value.element, element)) {
    return value.kind === kind ? value : sequence(kind, element, value.items);
  }
  if (value.items.length === 0) {
    const open = element.kind === "any" && value.kind !== "tuple";
    return sequence(kind, open ? value.element : element, []);
  }
  const items = convertItems(value.items, element);
  if (!Array.isArray(items)) return items;
  const wanted = hasAny(element) ? unifiedElement(items) : element;
  if (wanted === undefined) return mixedElements(kind);
  const same = hasAny(element) ? convertItems(items, wanted) : items;
  return Array.isArray(same) ? sequence(kind, wanted, same) : same;
}

function toMap(value: Value, element: Type): Value | ConversionProblem {
  if (!("entries" in value)) return mismatch(value, { kind: "map", element });
  if (value.kind === "map" && typesEqual(value.element, element)) return value;
  if (value.entries.size === 0) {
    return mapValue(element.kind === "any" && value.kind === "map" ? value.element : element, []);
  }
  const keys = [...value.entries.keys()];
  const items = convertItems([...value.entries.values()], element);
  if (!Array.isArray(items)) return keyed(items, keys);
  const wanted = hasAny(element) ? unifiedElement(items) : element;
  if (wanted === undefined) return mixedElements("map");
  const same = hasAny(element) ? convertItems(items, wanted) : items;
  if (!Array.isArray(same)) return keyed(same, keys);
  return mapValue(
    wanted,
    same.map((item, at): [string, Value] => [keys[at] ?? "", item]),
  );
}

function toTuple(value: Value, elements: readonly Type[]): Value | ConversionProblem {
  if (value.kind !== "tuple") return mismatch(value, tupleType(elements));
  if (value.items.length !== elements.length) {
    const found = `${value.items.length}`;
    return { kind: "problem", path: [], expected: `a tuple of ${elements.length} elements`, found };
  }
  const items: Value[] = [];
  for (const [at, item] of value.items.entries()) {
    const converted = convert(item, elements[at] ?? anyType);
    if (converted.kind === "problem") return within(at, converted);
    items.push(converted);
  }
  return tupleValue(items);
}

function toObject(
  value: Value,
  attributes: ReadonlyMap<string, Type>,
  optional: ReadonlySet<string>,
): Value | ConversionProblem {
  if (!("entries" in value)) return mismatch(value, objectType(attributes, optional));
  const entries: [string, Value][] = [];
  for (const [name, type] of attributes) {
    const entry = value.entries.get(name);
    if (entry === undefined && !optional.has(name)) {
      const expected = `an object with the attribute ${JSON.stringify(name)}`;
      return { kind: "problem", path: [], expected, found: "one without it" };
    }
    const converted = entry === undefined ? nullOf(type) : convert(entry, type);
    if (converted.kind === "problem") return within(name, converted);
    entries.push([name, converted]);
  }
  return objectValue(entries);
}

function convertItems(items: readonly Value[], type: Type): Value[] | ConversionProblem {
  const converted: Value[] = [];
  for (const [at, item] of items.entries()) {
    const one = convert(item, type);
    if (one.kind === "problem") return within(at, one);
    converted.push(one);
  }
  return converted;
}

/** Literal nulls take any type, so they have no say. */
function unifiedElement(items: readonly Value[]): Type | undefined {
  const types = items.filter((item) => item.kind !== "null" || item.type.kind !== "any").map(typeOf);
  return types.length === 0 ? anyType : unify(types);
}

function mixedElements(kind: "list" | "set" | "map"): ConversionProblem {
  return { kind: "problem", path: [], expected: `a ${kind} with elements of one type`, found: "a mixture" };
}

function keyed(problem: ConversionProblem, keys: readonly string[]): ConversionProblem {
  const [first, ...rest] = problem.path;
  return typeof first === "number" ? { ...problem, path: [keys[first] ?? first, ...rest] } : problem;
}

function sequence(kind: "list" | "set", element: Type, items: readonly Value[]): Value {
  if (items.some((item) => item.kind === "unknown")) return unknownValue;
  return kind === "list" ? listValue(element, items) : setValue(element, items);
}
