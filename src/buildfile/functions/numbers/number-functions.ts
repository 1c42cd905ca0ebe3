/** Functions on numbers (spec bake-language, section 10, "Numbers"). */

import type { ValueFunction } from "../../hcl/function.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import {
  absoluteNumber,
  addNumbers,
  ceilNumber,
  compareNumbers,
  type DecimalNumber,
  divideNumbers,
  floorNumber,
  fromDouble,
  fromInteger,
  multiplyNumbers,
  negateNumber,
  remainderOf,
  signOf,
  subtractNumbers,
  toDouble,
  truncateNumber,
} from "../../hcl/number.ts";
import { describeValue } from "../../hcl/type.ts";
import { anyType, boolValue, listValue, numberType, numberValue } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { define, type FunctionTable, variadic } from "../define.ts";
import { parseInteger } from "./parse-integer.ts";
import { power } from "./power.ts";
import { rangeOf } from "./range.ts";

const operands = { a: numberType, b: numberType };

export const numberFunctions: FunctionTable = {
  add: arithmetic("The sum of two numbers.", addNumbers, "infinity and minus infinity have no sum"),
  subtract: arithmetic("The difference of two numbers.", subtractNumbers, "infinity less itself is no number"),
  multiply: arithmetic("The product of two numbers.", multiplyNumbers, "zero times infinity is no number"),
  divide: arithmetic(
    "The quotient of two numbers.",
    divideNumbers,
    "zero by zero, or infinity by infinity, is no number",
  ),
  modulo: arithmetic(
    "The remainder of a division, with the sign of the first number.",
    remainderOf,
    "zero and infinity have no remainder",
  ),
  negate: unary("The number with the other sign.", negateNumber),
  absolute: unary("The number without its sign.", absoluteNumber),
  signum: unary("-1, 0 or 1: the sign of a number.", (number) => fromInteger(signOf(number))),
  ceil: unary("The least whole number that is not below the number.", ceilNumber),
  floor: unary("The greatest whole number that is not above the number.", floorNumber),
  int: unary("The number without its fraction.", truncateNumber),
  min: extreme("The least of the numbers.", -1),
  max: extreme("The greatest of the numbers.", 1),
  pow: define("A number raised to a power, in double precision.", { num: numberType, power: numberType }, (args) => {
    const result = power(toDouble(args.number(0)), toDouble(args.number(1)));
    return fromResult(result, "a negative number has no power with a fraction");
  }),
  log: define(
    "The logarithm of a number to a base, in double precision.",
    { num: numberType, base: numberType },
    (args) =>
      fromResult(Math.log(toDouble(args.number(0))) / Math.log(toDouble(args.number(1))), "there is no such logarithm"),
  ),
  parseint: define(
    "A whole number from its digits in a base from 2 to 62.",
    { number: anyType, base: numberType },
    (args) => {
      const digits = args.value(0);
      if (digits.kind !== "string") throw new FunctionFailure(`must be a string, not ${describeValue(digits)}`, 0);
      return numberValue(parseInteger(digits.value, args.integer(1)));
    },
  ),
  range: define(
    "The numbers from a start (0 when there is one argument) up to but not including an end, in steps of 1 or as given.",
    { params: variadic(numberType) },
    (args) => listValue(numberType, rangeOf(args.from(0).map((_, at) => args.number(at))).map(numberValue)),
  ),
  greaterthan: comparison("Whether the first number is greater than the second.", (order) => order > 0),
  greaterthanorequalto: comparison(
    "Whether the first number is greater than the second or equal.",
    (order) => order >= 0,
  ),
  lessthan: comparison("Whether the first number is less than the second.", (order) => order < 0),
  lessthanorequalto: comparison("Whether the first number is less than the second or equal.", (order) => order <= 0),
};

function arithmetic(
  description: string,
  operation: (a: DecimalNumber, b: DecimalNumber) => DecimalNumber | undefined,
  failure: string,
): ValueFunction {
  return define(description, operands, (args) => {
    const result = operation(args.number(0), args.number(1));
    if (result === undefined) throw new FunctionFailure(failure);
    return numberValue(result);
  });
}

function unary(description: string, operation: (number: DecimalNumber) => DecimalNumber): ValueFunction {
  return define(description, { num: numberType }, (args) => numberValue(operation(args.number(0))));
}

function comparison(description: string, holds: (order: number) => boolean): ValueFunction {
  return define(description, operands, (args) => boolValue(holds(compareNumbers(args.number(0), args.number(1)))));
}

function extreme(description: string, sign: 1 | -1): ValueFunction {
  return define(description, { numbers: variadic(numberType) }, (args) => {
    if (args.length === 0) throw new FunctionFailure("at least one number is needed");
    return numberValue(extremeOf(args, sign));
  });
}

function extremeOf(args: Arguments, sign: 1 | -1): DecimalNumber {
  let found = args.number(0);
  for (let at = 1; at < args.length; at++) {
    const number = args.number(at);
    if (compareNumbers(number, found) === sign) found = number;
  }
  return found;
}

function fromResult(result: number, failure: string): ReturnType<typeof numberValue> {
  const number = fromDouble(result);
  if (number === undefined) throw new FunctionFailure(failure);
  return numberValue(number);
}
