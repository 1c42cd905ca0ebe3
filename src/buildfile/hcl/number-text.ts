/** Numbers as text and back. */
import {
  type BinaryFloat,
  bitLength,
  compareNumbers,
  type DecimalNumber,
  largestExponent,
  roundTo,
  textPrecision,
  toDouble,
} from "./number.ts";

const decimal = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;

/** Digits beyond these cannot change the nearest number, but for ties of no practical use. */
const significantDigits = 400;
/** Longer text is no number. */
const longestText = 1_000_000;
/** From here on powers of five are rounded on the way, because exact ones get long. */
const exactPower = 1000;
const exactExponent = 256;
/** Leading bits kept of a rounded power of five. */
const powerBits = 900;

/**
 * Reads decimal text (sign, fraction, exponent; no spaces) at 512 bits; undefined when it is none. Beyond the range of numbers
 * the result is infinite or zero; text beyond a million characters is no number.
 */
export function parseNumber(text: string): DecimalNumber | undefined {
  if (/^[0-9]{1,15}$/.test(text)) return { kind: "integer", value: Number(text), precision: textPrecision };
  const match = text.length > longestText ? null : decimal.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = withoutLeadingZeros(whole + fraction);
  const kept = digits.slice(0, significantDigits);
  const rest = digits.length - kept.length;
  const sticky = rest > 0 && /[1-9]/.test(digits.slice(significantDigits)) ? 1 : 0;
  const mantissa = BigInt(sticky ? `${kept}1` : kept || "0");
  const power = Number(exponent) - fraction.length + rest - sticky;
  return decimalScaled(sign === "-" ? -mantissa : mantissa, power);
}

/**
 * The shortest decimal that reads back to the same number at its precision, without exponent and trailing zeros;
 * `+Inf` and `-Inf`.
 */
export function formatNumber(number: DecimalNumber): string {
  if (number.kind === "integer") return String(number.value);
  if (number.kind === "infinite") return number.sign > 0 ? "+Inf" : "-Inf";
  const known = texts.get(number);
  if (known !== undefined) return known;
  const { digits, scale } = shortestDigits(number);
  const text = (number.mantissa < 0n ? "-" : "") + placePoint(digits, scale);
  texts.set(number, text);
  return text;
}

/** The digits of `0.digits * 10 ** scale` (no trailing zeros) that `formatNumber` would show; the sign is left out. */
export function shortestDigits(number: BinaryFloat): DecimalDigits {
  return likelyDigits(number) ?? searchedDigits(number);
}

export interface DecimalDigits {
  readonly digits: string;
  readonly scale: number;
}

const texts = new WeakMap<BinaryFloat, string>();

/**
 * The few digits of the nearest double, if they are the number: nearly every number in a build file was written with few
 * digits, and at this precision no two short decimals are the same number.
 */
function likelyDigits(number: BinaryFloat): DecimalDigits | undefined {
  if (number.precision !== textPrecision) return undefined;
  const match = /^-?([0-9])(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(toDouble(number).toExponential());
  if (match === null) return undefined;
  const [text, whole = "", fraction = "", exponent = ""] = match;
  const read = parseNumber(text);
  if (read?.kind !== "float" || compareNumbers(read, number) !== 0) return undefined;
  return { digits: (whole + fraction).replace(/0+$/, ""), scale: Number(exponent) + 1 };
}

function searchedDigits(number: BinaryFloat): DecimalDigits {
  const magnitude = number.mantissa < 0n ? -number.mantissa : number.mantissa;
  // All decimals between low and high read back as the number: half a unit of its last place either way.
  const shift = number.precision + 1 - bitLength(magnitude);
  const middle = magnitude << BigInt(shift);
  const exponent = number.exponent - shift;
  const inclusive = ((middle >> 1n) & 1n) === 0n;
  const { toDecimal, power } = decimalScale(number.precision, exponent);
  const high = toDecimal(middle + 1n).toString();
  const low = toDecimal(middle - 1n)
    .toString()
    .padStart(high.length, "0");
  const exact = toDecimal(middle).toString().padStart(high.length, "0");
  const digits = shortestBetween({ low, high, exact, inclusive });
  const leading = /^0*/.exec(digits)?.[0].length ?? 0;
  return { digits: digits.slice(leading).replace(/0+$/, ""), scale: high.length + power - leading };
}

interface DecimalScale {
  /** A mantissa times `2 ** exponent / 10 ** power`. */
  readonly toDecimal: (mantissa: bigint) => bigint;
  readonly power: number;
}

/** Exact where that is quick; else with some forty digits more than any decimal between the bounds needs. */
function decimalScale(precision: number, exponent: number): DecimalScale {
  const quick = precision > powerBits / 2 + 150;
  if (exponent >= 0 && (quick || exponent < exactExponent)) {
    return { toDecimal: (mantissa) => mantissa << BigInt(exponent), power: 0 };
  }
  if (exponent < 0 && (quick || exponent > -exactExponent)) {
    const five = 5n ** BigInt(-exponent);
    return { toDecimal: (mantissa) => mantissa * five, power: exponent };
  }
  const digits = Math.ceil(precision * Math.log10(2)) + 40;
  const power = Math.floor((precision + 1 + exponent) * Math.log10(2)) - digits;
  const five = powerOfFive(Math.abs(power));
  const twos = power > 0 ? exponent - power - five.exponent : exponent - power + five.exponent;
  const scaled = (mantissa: bigint): bigint => (twos >= 0 ? mantissa << BigInt(twos) : mantissa >> BigInt(-twos));
  if (power > 0) return { toDecimal: (mantissa) => scaled(mantissa) / five.mantissa, power };
  return { toDecimal: (mantissa) => scaled(mantissa * five.mantissa), power };
}

interface Interval {
  readonly low: string;
  readonly high: string;
  readonly exact: string;
  readonly inclusive: boolean;
}

/** All three have one length; so has the result. */
function shortestBetween({ low, high, exact, inclusive }: Interval): string {
  let length = 0;
  while (length < high.length && low[length] === high[length]) length++;
  for (; length < exact.length; length++) {
    const candidate = roundedDigits(exact, length);
    if (candidate.length > exact.length) continue;
    if (candidate > low && candidate < high) return candidate;
    if (inclusive && (candidate === low || candidate === high)) return candidate;
  }
  return exact;
}

/** Rounded to the leading `length` digits, zeros behind; may be one digit longer after a carry. */
function roundedDigits(digits: string, length: number): string {
  const rest = digits.length - length;
  const head = length === 0 ? 0n : BigInt(digits.slice(0, length));
  const next = digits.charCodeAt(length) - 48;
  const tie = next === 5 && /^0*$/.test(digits.slice(length + 1));
  const up = tie ? (head & 1n) === 1n : next >= 5;
  const rounded = up ? head + 1n : head;
  return rounded.toString().padStart(length, "0") + "0".repeat(rest);
}

function placePoint(digits: string, scale: number): string {
  if (scale <= 0) return `0.${"0".repeat(-scale)}${digits}`;
  if (scale >= digits.length) return digits + "0".repeat(scale - digits.length);
  return `${digits.slice(0, scale)}.${digits.slice(scale)}`;
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+/, "");
}

/** `mantissa * 10 ** power` at text precision. */
function decimalScaled(mantissa: bigint, power: number): DecimalNumber {
  if (mantissa === 0n || power === 0) return roundTo(mantissa, 0, textPrecision);
  const reach = power + mantissa.toString().length;
  if (reach * Math.log2(10) > largestExponent + 8) return roundTo(mantissa, largestExponent + 1, textPrecision);
  if (reach * Math.log2(10) < -largestExponent - 8) return roundTo(0n, 0, textPrecision);
  const five = powerOfFive(Math.abs(power));
  if (power > 0) return roundTo(mantissa * five.mantissa, power + five.exponent, textPrecision);
  const shift = Math.max(0, textPrecision + 2 + bitLength(five.mantissa) - bitLength(mantissa));
  const dividend = mantissa << BigInt(shift);
  const quotient = dividend / five.mantissa;
  const exact = quotient * five.mantissa === dividend;
  const sticky = exact ? quotient * 2n : quotient * 2n + (mantissa < 0n ? -1n : 1n);
  return roundTo(sticky, power - five.exponent - shift - 1, textPrecision);
}

/** `5 ** power`; large ones keep their leading bits only. */
function powerOfFive(power: number): { readonly mantissa: bigint; readonly exponent: number } {
  if (power <= exactPower) return { mantissa: 5n ** BigInt(power), exponent: 0 };
  const half = powerOfFive(power >> 1);
  const odd = (power & 1) === 1 ? 5n : 1n;
  const square = half.mantissa * half.mantissa * odd;
  const surplus = Math.max(0, bitLength(square) - powerBits);
  return { mantissa: square >> BigInt(surplus), exponent: half.exponent * 2 + surplus };
}
