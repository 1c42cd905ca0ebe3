/** The product of sets. */
import { convert } from "../../hcl/convert.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { tupleType, typeOf } from "../../hcl/type.ts";
import { unify } from "../../hcl/unify.ts";
import { anyType, listValue, setValue, type Type, tupleValue, type Value } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { allowElements } from "../limits.ts";
import { collectionAt } from "./sequence.ts";

/** A list of tuples in the order of an odometer; a set when one of the factors is. */
export function setProduct(args: Arguments): Value {
  if (args.length < 2) throw new FunctionFailure("at least two lists or sets are needed");
  const factors = args.from(0).map((_, at) => factorAt(args, at));
  const count = factors.reduce((product, { items }) => product * items.length, 1);
  allowElements(count * factors.length);
  let rows: readonly (readonly Value[])[] = count === 0 ? [] : [[]];
  for (const { items } of factors) rows = rows.flatMap((row) => items.map((item) => [...row, item]));
  const element = tupleType(factors.map((factor) => factor.element));
  const tuples = rows.map(tupleValue);
  return factors.some(({ isSet }) => isSet) ? setValue(element, tuples) : listValue(element, tuples);
}

interface Factor {
  readonly items: readonly Value[];
  readonly element: Type;
  readonly isSet: boolean;
}

function factorAt(args: Arguments, at: number): Factor {
  const collection = collectionAt(args, at);
  if (collection.kind !== "tuple") {
    return { items: collection.items, element: collection.element, isSet: collection.kind === "set" };
  }
  if (collection.items.length === 0) return { items: [], element: anyType, isSet: false };
  const element = unify(collection.items.map(typeOf));
  if (element === undefined) throw new FunctionFailure("the elements must be of one type", at);
  const items = collection.items.map((item) => {
    const converted = convert(item, element);
    if (converted.kind === "problem") throw new FunctionFailure("the elements must be of one type", at);
    return converted;
  });
  return { items, element, isSet: false };
}
