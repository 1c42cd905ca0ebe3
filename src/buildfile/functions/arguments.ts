/** The arguments of one call, read as what their parameters say they are. */
import { FunctionFailure } from "../hcl/function.ts";
import { type DecimalNumber, toInteger } from "../hcl/number.ts";
import { formatNumber } from "../hcl/number-text.ts";
import type { Value } from "../hcl/value.ts";

/** Reading an argument as another kind than its parameter's type is a bug, hence a plain error. */
export class Arguments {
  readonly #values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  get length(): number {
    return this.#values.length;
  }

  /** The arguments from `start` on. */
  from(start: number): readonly Value[] {
    return this.#values.slice(start);
  }

  value(at: number): Value {
    const value = this.#values[at];
    if (value === undefined) throw new Error(`argument ${at} is missing`);
    return value;
  }

  text(at: number): string {
    const value = this.value(at);
    if (value.kind !== "string") throw new Error(`argument ${at} is a ${value.kind}, not a string`);
    return value.value;
  }

  flag(at: number): boolean {
    const value = this.value(at);
    if (value.kind !== "bool") throw new Error(`argument ${at} is a ${value.kind}, not a bool`);
    return value.value;
  }

  number(at: number): DecimalNumber {
    const value = this.value(at);
    if (value.kind !== "number") throw new Error(`argument ${at} is a ${value.kind}, not a number`);
    return value.value;
  }

  /** A whole number; refused when it has a fraction or no double holds it exactly. */
  integer(at: number): number {
    const number = this.number(at);
    const integer = toInteger(number);
    if (integer === undefined) throw new FunctionFailure(`must be a whole number, not ${shortened(number)}`, at);
    return integer;
  }

  /** The elements of a list or set. */
  items(at: number): readonly Value[] {
    const value = this.value(at);
    if (!("items" in value)) throw new Error(`argument ${at} is a ${value.kind}, not a list`);
    return value.items;
  }

  /** The elements of a list of strings; a null among them is refused. */
  texts(at: number): readonly string[] {
    return this.items(at).map((item, index) => {
      if (item.kind === "string") return item.value;
      if (item.kind !== "null") throw new Error(`element ${index} of argument ${at} is no string`);
      throw new FunctionFailure(`element ${index} is null, but strings are needed`, at);
    });
  }
}

function shortened(number: DecimalNumber): string {
  const text = formatNumber(number);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
