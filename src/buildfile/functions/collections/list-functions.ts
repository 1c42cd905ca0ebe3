/** Functions that make lists of lists. */
import { plural } from "../../../base/text.ts";
import { convert } from "../../hcl/convert.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { typeOf } from "../../hcl/type.ts";
import { unify } from "../../hcl/unify.ts";
import { anyType, listValue, numberType, stringType, tupleValue, type Value } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { define, type FunctionTable, listOfAny, listOfStrings, variadic, variadicNullable } from "../define.ts";
import { allowElements } from "../limits.ts";
import { distinctItems } from "./distinct.ts";
import { collectionAt, type List, sequenceAt, type Tuple, withItems } from "./sequence.ts";

export const listFunctions: FunctionTable = {
  concat: define("The elements of several lists, one list behind the other.", { seqs: variadic(anyType) }, concat),
  flatten: define(
    "The elements of a list, with lists among them replaced by their elements.",
    { list: anyType },
    (args) => {
      const flat: Value[] = [];
      flattenInto(flat, collectionAt(args, 0).items);
      return tupleValue(flat);
    },
  ),
  distinct: define("The elements of a list, each only where it occurs first.", { list: listOfAny }, (args) => {
    const list = collectionAt(args, 0);
    return withItems(list, distinctItems(list.items));
  }),
  compact: define("The strings of a list without the empty ones and nulls.", { list: listOfStrings }, (args) =>
    listValue(
      stringType,
      args.items(0).filter((item) => item.kind === "string" && item.value !== ""),
    ),
  ),
  chunklist: define(
    "A list split into lists of a size; the last may be shorter, and size 0 makes one of all.",
    { list: listOfAny, size: numberType },
    chunklist,
  ),
  slice: define(
    "The elements of a list from a start index up to but not including an end index.",
    { list: anyType, start_index: numberType, end_index: numberType },
    slice,
  ),
  reverselist: define("The elements of a list in reverse order.", { list: anyType }, (args) => {
    const list = collectionAt(args, 0);
    return withItems(list, [...list.items].reverse());
  }),
  coalescelist: define("The first of several lists that is not empty.", { vals: variadicNullable(anyType) }, (args) => {
    const lists = args.from(0).map((value, at) => (value.kind === "null" ? undefined : sequenceAt(args, at)));
    const found = lists.find((list) => list !== undefined && list.items.length > 0);
    if (found === undefined) throw new FunctionFailure("none of the arguments is a list with elements");
    return found;
  }),
};

function concat(args: Arguments): Value {
  if (args.length === 0) throw new FunctionFailure("at least one list is needed");
  const sequences = args.from(0).map((_, at) => sequenceAt(args, at));
  allowElements(sequences.reduce((count, { items }) => count + items.length, 0));
  return sameLists(sequences) ?? tupleValue(sequences.flatMap(({ items }) => items));
}

/** Lists only, of types that unify, stay a list. */
function sameLists(sequences: readonly (List | Tuple)[]): Value | undefined {
  if (sequences.some(({ kind }) => kind === "tuple")) return undefined;
  const common = unify(sequences.map(typeOf));
  if (common?.kind !== "list") return undefined;
  const converted = sequences.map((sequence) => convert(sequence, common));
  if (!converted.every((list) => "items" in list)) return undefined;
  return listValue(
    common.element,
    converted.flatMap(({ items }) => items),
  );
}

function flattenInto(flat: Value[], items: readonly Value[]): void {
  for (const item of items) {
    if ("items" in item) flattenInto(flat, item.items);
    else flat.push(item);
  }
  allowElements(flat.length);
}

function chunklist(args: Arguments): Value {
  const list = collectionAt(args, 0);
  const size = args.integer(1);
  if (size < 0) throw new FunctionFailure(`must not be negative, but is ${size}`, 1);
  const chunks: Value[] = [];
  const step = size === 0 ? list.items.length : size;
  for (let at = 0; at < list.items.length; at += step) chunks.push(withItems(list, list.items.slice(at, at + step)));
  return listValue(typeOf(list), chunks);
}

function slice(args: Arguments): Value {
  const list = sequenceAt(args, 0);
  const [start, end] = [args.integer(1), args.integer(2)];
  const { length } = list.items;
  if (start < 0) throw new FunctionFailure(`the start must not be negative, but is ${start}`, 1);
  if (end < 0) throw new FunctionFailure(`the end must not be negative, but is ${end}`, 2);
  if (end > length)
    throw new FunctionFailure(`the end is ${end}, but the list has only ${plural(length, "element")}`, 2);
  if (start > end) throw new FunctionFailure(`the start, ${start}, is behind the end, ${end}`, 1);
  return withItems(list, list.items.slice(start, end));
}
