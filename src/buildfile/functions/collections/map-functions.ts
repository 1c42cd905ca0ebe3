/** Functions that make maps and objects. */
import { plural } from "../../../base/text.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { typesEqual } from "../../hcl/type-equality.ts";
import { anyType, mapValue, objectValue, type Type, type Value } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { define, type FunctionTable, listOfStrings, variadicNullable } from "../define.ts";
import { allowElements } from "../limits.ts";
import { type Mapping, mappingAt, sequenceAt } from "./sequence.ts";

export const mapFunctions: FunctionTable = {
  merge: define(
    "The entries of several maps or objects; of entries with the same key the last counts.",
    { maps: variadicNullable(anyType) },
    merge,
  ),
  zipmap: define(
    "A map from a list of keys and a list of as many values.",
    { keys: listOfStrings, values: anyType },
    zipmap,
  ),
};

function merge(args: Arguments): Value {
  const mappings = args.from(0).flatMap((value, at) => (value.kind === "null" ? [] : [mappingAt(args, at)]));
  const entries = mappings.flatMap((mapping) => [...mapping.entries]);
  allowElements(entries.length);
  const element = mappings.length === args.length ? commonElement(mappings) : undefined;
  return element === undefined ? objectValue(entries) : mapValue(element, entries);
}

/** The element type when all are maps of one type. */
function commonElement(mappings: readonly Mapping[]): Type | undefined {
  const [first] = mappings;
  if (first?.kind !== "map") return undefined;
  const same = mappings.every((mapping) => mapping.kind === "map" && typesEqual(mapping.element, first.element));
  return same ? first.element : undefined;
}

function zipmap(args: Arguments): Value {
  const keys = args.texts(0);
  const values = sequenceAt(args, 1);
  if (keys.length !== values.items.length) {
    throw new FunctionFailure(
      `${plural(keys.length, "key")} cannot be paired with ${plural(values.items.length, "value")}`,
    );
  }
  const entries = values.items.map((value, at): [string, Value] => [keys[at] ?? "", value]);
  return values.kind === "tuple" ? objectValue(entries) : mapValue(values.element, entries);
}
