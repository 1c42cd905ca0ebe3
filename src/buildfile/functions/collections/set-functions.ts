/** Functions on sets; lists are converted. */
import { compareValues, valuesEqual } from "../../hcl/compare.ts";
import { convert, describeProblem } from "../../hcl/convert.ts";
import { FunctionFailure, type ValueFunction } from "../../hcl/function.ts";
import { unify } from "../../hcl/unify.ts";
import { anyType, boolValue, setValue, type Type, type Value } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { define, type FunctionTable, setOfAny, variadic } from "../define.ts";
import { allowElements } from "../limits.ts";
import { setProduct } from "./set-product.ts";

type Items = readonly Value[];

const several = { first_set: setOfAny, other_sets: variadic(setOfAny) };

export const setFunctions: FunctionTable = {
  setunion: operation("The elements that are in any of the sets.", several, (a, b) => [...a, ...b]),
  setintersection: operation("The elements that are in all of the sets.", several, (a, b) => partition(a, b).shared),
  setsubtract: operation(
    "The elements of the first set that are not in the second.",
    { a: setOfAny, b: setOfAny },
    (a, b) => partition(a, b).left,
  ),
  setsymmetricdifference: operation(
    "The elements that are in one set but not in the other; of several sets, one after the other.",
    several,
    (a, b) => [...partition(a, b).left, ...partition(b, a).left],
  ),
  sethaselement: define("Whether a set contains a value.", { set: setOfAny, elem: anyType }, (args) =>
    boolValue(args.items(0).some((item) => valuesEqual(item, args.value(1)))),
  ),
  setproduct: define(
    "All combinations of one element from each of several lists or sets, the last varying fastest.",
    { sets: variadic(anyType) },
    setProduct,
  ),
};

function operation(
  description: string,
  parameters: Parameters<typeof define>[1],
  combine: (a: Items, b: Items) => Items,
): ValueFunction {
  return define(description, parameters, (args) => {
    const element = commonElement(args);
    const sets = args.from(0).map((value, at) => itemsAs(value, element, at));
    const [first = [], ...others] = sets;
    allowElements(sets.reduce((count, items) => count + items.length, 0));
    return setValue(
      element,
      others.reduce((items, other) => setItems(element, combine(items, other)), first),
    );
  });
}

/** Empty sets whose elements have no type fit all others. */
function commonElement(args: Arguments): Type {
  const types = args.from(0).flatMap((value) => {
    if (value.kind !== "set" || (value.items.length === 0 && value.element.kind === "any")) return [];
    return [value.element];
  });
  if (types.length === 0) return anyType;
  const common = unify(types);
  if (common === undefined) throw new FunctionFailure("the elements of the sets have types that do not go together");
  return common;
}

function itemsAs(value: Value, element: Type, at: number): Items {
  const converted = convert(value, { kind: "set", element });
  if (converted.kind === "problem") throw new FunctionFailure(describeProblem(converted), at);
  return "items" in converted ? converted.items : [];
}

function setItems(element: Type, items: Items): Items {
  const set = setValue(element, items);
  return "items" in set ? set.items : [];
}

/** Splits the sorted elements of `a` into those that `b`, also sorted, lacks and those it has. */
function partition(a: Items, b: Items): { readonly left: Items; readonly shared: Items } {
  const left: Value[] = [];
  const shared: Value[] = [];
  let at = 0;
  for (const item of a) {
    let other = b[at];
    while (other !== undefined && compareValues(other, item) < 0) other = b[++at];
    if (other !== undefined && compareValues(other, item) === 0) shared.push(item);
    else left.push(item);
  }
  return { left, shared };
}
