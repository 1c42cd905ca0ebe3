/** Functions on truth values and on values of any type. */
import { valuesEqual } from "../hcl/compare.ts";
import { convert, describeProblem } from "../hcl/convert.ts";
import { FunctionFailure } from "../hcl/function.ts";
import { typeOf } from "../hcl/type.ts";
import { unify } from "../hcl/unify.ts";
import { anyType, boolType, boolValue, type Value } from "../hcl/value.ts";
import type { Arguments } from "./arguments.ts";
import { define, type FunctionTable, nullable, variadicNullable } from "./define.ts";

const both = { a: nullable(anyType), b: nullable(anyType) };

export const logicFunctions: FunctionTable = {
  and: define("Whether both are true.", { a: boolType, b: boolType }, (args) =>
    boolValue(args.flag(0) && args.flag(1)),
  ),
  or: define("Whether one of them is true, or both.", { a: boolType, b: boolType }, (args) =>
    boolValue(args.flag(0) || args.flag(1)),
  ),
  not: define("True for false, and false for true.", { val: boolType }, (args) => boolValue(!args.flag(0))),
  equal: define("Whether two values are equal, as == tells.", both, (args) =>
    boolValue(valuesEqual(args.value(0), args.value(1))),
  ),
  notequal: define("Whether two values are not equal.", both, (args) =>
    boolValue(!valuesEqual(args.value(0), args.value(1))),
  ),
  coalesce: define("The first argument that is not null.", { vals: variadicNullable(anyType) }, coalesce),
};

function coalesce(args: Arguments): Value {
  const values = args.from(0);
  if (values.length === 0) throw new FunctionFailure("at least one value is needed");
  const common = unify(values.map(typeOf));
  if (common === undefined) throw new FunctionFailure("the arguments have types that do not go together");
  const at = values.findIndex(({ kind }) => kind !== "null");
  if (at < 0) throw new FunctionFailure("all arguments are null");
  const converted = convert(args.value(at), common);
  if (converted.kind === "problem") throw new FunctionFailure(describeProblem(converted), at);
  return converted;
}
