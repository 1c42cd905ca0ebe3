/** What a function of the expression language is; the library and user functions are tables of these. */

import type { Expression } from "./syntax.ts";
import type { Type, Value } from "./value.ts";

export interface FunctionParameter {
  readonly name: string;
  readonly type: Type;
  /** Null arguments are refused unless this is set (spec section 9). */
  readonly allowNull?: boolean;
}

/** What the clock, the random source and the home folder give; handed in because the language reads no world. */
export interface FunctionWorld {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly homeFolder: string;
}

/**
 * Thrown by an implementation when its arguments have the right types but wrong contents; the caller turns it into a
 * diagnostic at the call, or at the argument named.
 */
export class FunctionFailure extends Error {
  override readonly name = "FunctionFailure";
  /** Index of the argument to blame; undefined blames the call. */
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.argument = argument;
  }
}

/** A function over evaluated, converted arguments. Arguments are never `unknown`. */
export interface ValueFunction {
  readonly kind: "value";
  readonly parameters: readonly FunctionParameter[];
  /** Takes the arguments after `parameters`, any number of them. */
  readonly variadic?: FunctionParameter;
  readonly description: string;
  readonly call: (args: readonly Value[], world: FunctionWorld) => Value;
  /** Steps of the evaluation budget that a call costs, where the size of its arguments and result does not tell. */
  readonly steps?: (args: readonly Value[]) => number;
}

/** A function over unevaluated arguments (`try`, `can`, `convert`); `evaluate` gives undefined where evaluation failed, with why. */
export interface ExpressionFunction {
  readonly kind: "expression";
  readonly minimum: number;
  readonly maximum?: number;
  readonly description: string;
  readonly call: (args: readonly Expression[], evaluate: (argument: Expression) => Attempt) => Value;
}

export type Attempt =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly messages: readonly string[] };

export type LanguageFunction = ValueFunction | ExpressionFunction;
