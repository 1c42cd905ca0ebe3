/** Sequences of numbers. */
import { FunctionFailure } from "../../hcl/function.ts";
import { addNumbers, compareNumbers, type DecimalNumber, fromInteger, signOf, zero } from "../../hcl/number.ts";

const mostValues = 1024;

/** `(end)`, `(start, end)` or `(start, end, step)`; without a step the direction follows from the bounds. */
export function rangeOf(bounds: readonly DecimalNumber[]): readonly DecimalNumber[] {
  const [first, second, third] = bounds;
  if (first === undefined || bounds.length > 3) {
    throw new FunctionFailure(`one, two or three numbers are needed, not ${bounds.length}`);
  }
  const start = second === undefined ? zero : first;
  const end = second ?? first;
  const direction = compareNumbers(end, start) < 0 ? -1 : 1;
  const step = third ?? fromInteger(direction);
  const sign = signOf(step);
  if (sign === 0) throw new FunctionFailure("the step must not be zero", 2);
  if (sign !== direction && compareNumbers(end, start) !== 0) {
    const message =
      sign > 0
        ? "the end is less than the start, but the step is positive"
        : "the end is greater than the start, but the step is negative";
    throw new FunctionFailure(message, 1);
  }
  return valuesBetween(start, end, step);
}

function valuesBetween(start: DecimalNumber, end: DecimalNumber, step: DecimalNumber): readonly DecimalNumber[] {
  const values: DecimalNumber[] = [];
  const sign = signOf(step);
  for (let value = start; compareNumbers(value, end) === -sign; ) {
    if (values.length >= mostValues)
      throw new FunctionFailure(`more than ${mostValues} values; bring the bounds together or widen the step`);
    values.push(value);
    const next = addNumbers(value, step);
    if (next === undefined) break;
    value = next;
  }
  return values;
}
