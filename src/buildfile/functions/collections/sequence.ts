/** Reading arguments that may be one of several kinds of collections. */
import { FunctionFailure } from "../../hcl/function.ts";
import { describeValue } from "../../hcl/type.ts";
import type { Value } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";

export type List = Extract<Value, { readonly kind: "list" | "set" }>;
export type Tuple = Extract<Value, { readonly kind: "tuple" }>;
export type Mapping = Extract<Value, { readonly kind: "map" | "object" }>;

/** A list or tuple; sets, which have no positions, are refused. */
export function sequenceAt(args: Arguments, at: number): List | Tuple {
  const value = args.value(at);
  if (value.kind === "list" || value.kind === "tuple") return value;
  if (value.kind === "set")
    throw new FunctionFailure("must be a list; the elements of a set have no positions, so convert it first", at);
  throw new FunctionFailure(`must be a list, not ${describeValue(value)}`, at);
}

/** A list, tuple or set. */
export function collectionAt(args: Arguments, at: number): List | Tuple {
  const value = args.value(at);
  if ("items" in value) return value;
  throw new FunctionFailure(`must be a list or set, not ${describeValue(value)}`, at);
}

/** A map or object. */
export function mappingAt(args: Arguments, at: number): Mapping {
  const value = args.value(at);
  if ("entries" in value) return value;
  throw new FunctionFailure(`must be a map or object, not ${describeValue(value)}`, at);
}

/** Other elements in a value of the same kind; of a set, a list. */
export function withItems(value: List | Tuple, items: readonly Value[]): Value {
  return value.kind === "tuple" ? { kind: "tuple", items } : { kind: "list", element: value.element, items };
}
