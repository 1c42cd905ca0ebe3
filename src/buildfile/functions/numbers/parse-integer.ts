/** Whole numbers in other bases. */
import { FunctionFailure } from "../../hcl/function.ts";
import { type DecimalNumber, fromBigInteger } from "../../hcl/number.ts";

const longest = 10_000;

/** Up to base 36 letters count in either case; above, lower case letters are 10 to 35 and upper case ones 36 to 61. */
export function parseInteger(text: string, base: number): DecimalNumber {
  if (base < 2 || base > 62) throw new FunctionFailure(`must be between 2 and 62, but is ${base}`, 1);
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  if (digits.length > longest) throw new FunctionFailure(`has more than ${longest} digits`, 0);
  const values = Array.from(digits, (digit) => digitValue(digit, base));
  if (values.length === 0 || values.some((value) => value >= base)) {
    const shown = text.length <= 60 ? text : `${text.slice(0, 59)}…`;
    throw new FunctionFailure(`${JSON.stringify(shown)} is not a whole number in base ${base}`, 0);
  }
  const magnitude = combine(values, BigInt(base)).value;
  return fromBigInteger(negative ? -magnitude : magnitude);
}

function digitValue(digit: string, base: number): number {
  if (digit >= "0" && digit <= "9") return digit.charCodeAt(0) - 48;
  if (digit >= "a" && digit <= "z") return digit.charCodeAt(0) - 87;
  if (digit >= "A" && digit <= "Z") return digit.charCodeAt(0) - (base > 36 ? 29 : 55);
  return Number.POSITIVE_INFINITY;
}

/** Half by half, so that long numbers multiply few times. `power` is `base ** digits.length`. */
function combine(digits: readonly number[], base: bigint): { readonly value: bigint; readonly power: bigint } {
  if (digits.length <= 1) return { value: BigInt(digits[0] ?? 0), power: base };
  const middle = digits.length >> 1;
  const high = combine(digits.slice(0, middle), base);
  const low = combine(digits.slice(middle), base);
  return { value: high.value * low.power + low.value, power: high.power * low.power };
}
