/** Functions that look into collections. */
import { plural } from "../../../base/text.ts";
import { valuesEqual } from "../../hcl/compare.ts";
import { convert, describeProblem } from "../../hcl/convert.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { fromInteger, toInteger } from "../../hcl/number.ts";
import { formatNumber } from "../../hcl/number-text.ts";
import { describeValue } from "../../hcl/type.ts";
import {
  anyType,
  boolValue,
  listValue,
  numberType,
  numberValue,
  stringType,
  stringValue,
  tupleValue,
  type Value,
} from "../../hcl/value.ts";
import { define, type FunctionTable } from "../define.ts";
import { collectionAt, mappingAt, sequenceAt } from "./sequence.ts";

export const accessFunctions: FunctionTable = {
  length: define("The number of elements of a list, set or map.", { collection: anyType }, (args) => {
    const value = args.value(0);
    if ("items" in value) return numberValue(fromInteger(value.items.length));
    if (value.kind === "map") return numberValue(fromInteger(value.entries.size));
    const hint =
      value.kind === "string"
        ? "; strlen counts characters"
        : value.kind === "object"
          ? "; length(keys(…)) counts its attributes"
          : "";
    throw new FunctionFailure(`must be a list, set or map, not ${describeValue(value)}${hint}`, 0);
  }),
  element: define(
    "The element of a list at an index, which wraps around at both ends.",
    { list: anyType, index: numberType },
    (args) => {
      const { items } = sequenceAt(args, 0);
      if (items.length === 0) throw new FunctionFailure("the list is empty", 0);
      const index = args.integer(1) % items.length;
      return present(items[index < 0 ? index + items.length : index]);
    },
  ),
  index: define(
    "The element of a list at an index, or of a map by its key; it must exist.",
    { collection: anyType, key: anyType },
    (args) => elementBy(indexable(args.value(0)), args.value(1)),
  ),
  indexof: define(
    "The index of the first element of a list that equals a value; there must be one.",
    { list: anyType, value: anyType },
    (args) => {
      const { items } = sequenceAt(args, 0);
      if (items.length === 0) throw new FunctionFailure("the list is empty", 0);
      const index = items.findIndex((item) => valuesEqual(item, args.value(1)));
      if (index < 0) throw new FunctionFailure(`no element of the list equals ${describeValue(args.value(1))}`, 1);
      return numberValue(fromInteger(index));
    },
  ),
  hasindex: define(
    "Whether a list has an element at an index, or a map one with a key.",
    { collection: anyType, key: anyType },
    (args) => boolValue(lookUp(indexable(args.value(0)), args.value(1)) !== undefined),
  ),
  contains: define("Whether an element of a list or set equals a value.", { list: anyType, value: anyType }, (args) =>
    boolValue(collectionAt(args, 0).items.some((item) => valuesEqual(item, args.value(1)))),
  ),
  lookup: define(
    "The element of a map or object by its key, or a default when there is none.",
    { inputMap: anyType, key: stringType, default: anyType },
    (args) => {
      const mapping = mappingAt(args, 0);
      const fallback = mapping.kind === "map" ? convert(args.value(2), mapping.element) : args.value(2);
      if (fallback.kind === "problem") {
        throw new FunctionFailure(`must fit the elements of the map: ${describeProblem(fallback)}`, 2);
      }
      return mapping.entries.get(args.text(1)) ?? fallback;
    },
  ),
  keys: define("The keys of a map or object, sorted.", { inputMap: anyType }, (args) => {
    const mapping = mappingAt(args, 0);
    const keys = [...mapping.entries.keys()].map(stringValue);
    return mapping.kind === "map" ? listValue(stringType, keys) : tupleValue(keys);
  }),
  values: define("The values of a map or object, in the order of their keys.", { mapping: anyType }, (args) => {
    const mapping = mappingAt(args, 0);
    const values = [...mapping.entries.values()];
    return mapping.kind === "map" ? listValue(mapping.element, values) : tupleValue(values);
  }),
};

type Indexable = Extract<Value, { readonly kind: "list" | "set" | "tuple" | "map" }>;

function indexable(value: Value): Indexable {
  if (value.kind === "list" || value.kind === "tuple" || value.kind === "map") return value;
  const hint = value.kind === "object" ? "; lookup finds attributes of objects" : "";
  throw new FunctionFailure(`must be a list or map, not ${describeValue(value)}${hint}`, 0);
}

/** undefined when there is no such element, and when a key of this kind can be for none. */
function lookUp(collection: Indexable, key: Value): Value | undefined {
  if (collection.kind === "map") return key.kind === "string" ? collection.entries.get(key.value) : undefined;
  const index = key.kind === "number" ? toInteger(key.value) : undefined;
  return index === undefined ? undefined : collection.items[index];
}

function elementBy(collection: Indexable, key: Value): Value {
  const found = lookUp(collection, key);
  if (found !== undefined) return found;
  if (collection.kind === "map") {
    if (key.kind !== "string")
      throw new FunctionFailure(`the key for a map must be a string, not ${describeValue(key)}`, 1);
    throw new FunctionFailure(`the map has no key ${JSON.stringify(key.value)}`, 1);
  }
  if (key.kind !== "number")
    throw new FunctionFailure(`the key for a list must be a number, not ${describeValue(key)}`, 1);
  const count = plural(collection.items.length, "element");
  throw new FunctionFailure(`${formatNumber(key.value)} is no index of a list with ${count}; the first is 0`, 1);
}

function present(value: Value | undefined): Value {
  if (value === undefined) throw new Error("an index inside the list has no element");
  return value;
}
