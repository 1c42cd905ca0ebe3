/** The form in which the library declares its functions. */
import type { FunctionParameter, FunctionWorld, LanguageFunction, ValueFunction } from "../hcl/function.ts";
import { anyType, stringType, type Type, type Value } from "../hcl/value.ts";
import { Arguments } from "./arguments.ts";

/** Functions by name. */
export type FunctionTable = Readonly<Record<string, LanguageFunction>>;

interface Parameter {
  readonly type: Type;
  readonly allowNull?: boolean;
  /** Takes all arguments from here on; only the last parameter can be. */
  readonly variadic?: boolean;
}

/** Parameters in the order of the arguments; a bare type is a parameter that is given once and not null. */
type Parameters = Readonly<Record<string, Type | Parameter>>;

type Call = (args: Arguments, world: FunctionWorld) => Value;

export const listOfStrings: Type = { kind: "list", element: stringType };
export const listOfAny: Type = { kind: "list", element: anyType };
export const setOfAny: Type = { kind: "set", element: anyType };

/** A parameter that may be null. */
export function nullable(type: Type): Parameter {
  return { type, allowNull: true };
}

/** A last parameter that takes any number of arguments. */
export function variadic(type: Type): Parameter {
  return { type, variadic: true };
}

/** As `variadic`, and each may be null. */
export function variadicNullable(type: Type): Parameter {
  return { type, variadic: true, allowNull: true };
}

export function define(description: string, parameters: Parameters, call: Call): ValueFunction {
  const fixed: FunctionParameter[] = [];
  let rest: FunctionParameter | undefined;
  for (const [name, given] of Object.entries(parameters)) {
    const parameter = "type" in given ? given : { type: given };
    const declared = { name, type: parameter.type, ...(parameter.allowNull && { allowNull: true }) };
    if (parameter.variadic) rest = declared;
    else fixed.push(declared);
  }
  return {
    kind: "value",
    parameters: fixed,
    ...(rest && { variadic: rest }),
    description,
    call: (values, world) => call(new Arguments(values), world),
  };
}
