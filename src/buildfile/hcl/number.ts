/**
 * Numbers of the expression language: binary floating point with a mantissa of up to 512 bits, ties to even, and plus or minus
 * infinity (spec bake-language, section 7). Each number knows its precision, because that decides how results round and how
 * many digits are printed: text and literals have 512 bits, whole numbers made by the language 64, doubles 53.
 */

export type DecimalNumber = SmallInteger | BinaryFloat | InfiniteNumber;

/** Every whole number that fits a double exactly has this form and no other; `value` is never -0. */
export interface SmallInteger {
  readonly kind: "integer";
  readonly value: number;
  readonly precision: number;
}

/** `mantissa * 2 ** exponent`; the mantissa is odd, so that equal numbers have equal fields. */
export interface BinaryFloat {
  readonly kind: "float";
  readonly mantissa: bigint;
  readonly exponent: number;
  readonly precision: number;
}

export interface InfiniteNumber {
  readonly kind: "infinite";
  readonly sign: 1 | -1;
  readonly precision: number;
}

export const textPrecision = 512;
const integerPrecision = 64;
const doublePrecision = 53;

/**
 * Numbers beyond `2 ** largestExponent` are infinite, below its reciprocal zero. It bounds what a number costs in memory
 * and as text to some 39,000 digits.
 */
export const largestExponent: number = 2 ** 17;

export const positiveInfinity: DecimalNumber = { kind: "infinite", sign: 1, precision: textPrecision };
export const negativeInfinity: DecimalNumber = { kind: "infinite", sign: -1, precision: textPrecision };
export const zero: DecimalNumber = { kind: "integer", value: 0, precision: integerPrecision };

/** A whole number: an index, a length. `value` must be a safe integer. */
export function fromInteger(value: number): DecimalNumber {
  return { kind: "integer", value: value + 0, precision: integerPrecision };
}

/** A whole number of any size, exactly. */
export function fromBigInteger(value: bigint): DecimalNumber {
  return roundTo(value, 0, Math.max(integerPrecision, bitLength(value)));
}

/** undefined for NaN. */
export function fromDouble(value: number): DecimalNumber | undefined {
  if (Number.isNaN(value)) return undefined;
  if (!Number.isFinite(value)) return value > 0 ? positiveInfinity : negativeInfinity;
  if (Number.isSafeInteger(value)) return { kind: "integer", value: value + 0, precision: doublePrecision };
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const biased = (bits.getUint32(0) >>> 20) & 0x7ff;
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = Math.max(biased, 1) - 1075;
  return roundTo(value < 0 ? -mantissa : mantissa, exponent, doublePrecision);
}

/** The number as a safe integer; undefined when it has a fraction, is infinite or too large. */
export function toInteger(number: DecimalNumber): number | undefined {
  return number.kind === "integer" ? number.value : undefined;
}

/** The number as a whole number of any size; undefined when it has a fraction or is infinite. */
export function toBigInteger(number: DecimalNumber): bigint | undefined {
  if (number.kind === "integer") return BigInt(number.value);
  if (number.kind === "infinite" || number.exponent < 0) return undefined;
  return number.mantissa << BigInt(number.exponent);
}

/** The nearest double. */
export function toDouble(number: DecimalNumber): number {
  if (number.kind === "integer") return number.value;
  if (number.kind === "infinite") return number.sign * Number.POSITIVE_INFINITY;
  // Number() of a bigint rounds to even by itself; a subnormal result may round twice, which nobody can see.
  const surplus = bitLength(number.mantissa) - 64;
  if (surplus <= 0) return scaled(Number(number.mantissa), number.exponent);
  const sticky = (number.mantissa >> BigInt(surplus)) | 1n;
  return scaled(Number(sticky), number.exponent + surplus);
}

export function isWhole(number: DecimalNumber): boolean {
  return number.kind === "integer" || (number.kind === "float" && number.exponent >= 0);
}

export function signOf(number: DecimalNumber): -1 | 0 | 1 {
  if (number.kind === "infinite") return number.sign;
  if (number.kind === "float") return number.mantissa < 0n ? -1 : 1;
  return number.value < 0 ? -1 : number.value > 0 ? 1 : 0;
}

/** By value; precision does not count. */
export function compareNumbers(a: DecimalNumber, b: DecimalNumber): -1 | 0 | 1 {
  if (a.kind === "integer" && b.kind === "integer") return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  const sign = signOf(a);
  if (sign !== signOf(b)) return sign < signOf(b) ? -1 : 1;
  if (a.kind === "infinite" || b.kind === "infinite") {
    if (a.kind === b.kind) return 0;
    return (a.kind === "infinite") === sign > 0 ? 1 : -1;
  }
  const x = partsOf(a);
  const y = partsOf(b);
  const magnitude = topBit(x) - topBit(y);
  if (magnitude !== 0) return magnitude < 0 === sign > 0 ? -1 : 1;
  const shared = Math.min(x.exponent, y.exponent);
  const left = x.mantissa << BigInt(x.exponent - shared);
  const right = y.mantissa << BigInt(y.exponent - shared);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function negateNumber(number: DecimalNumber): DecimalNumber {
  if (number.kind === "integer") return { ...number, value: 0 - number.value };
  if (number.kind === "float") return { ...number, mantissa: -number.mantissa };
  return number.sign > 0 ? negativeInfinity : positiveInfinity;
}

export function absoluteNumber(number: DecimalNumber): DecimalNumber {
  return signOf(number) < 0 ? negateNumber(number) : number;
}

/** undefined for opposing infinities. */
export function addNumbers(a: DecimalNumber, b: DecimalNumber): DecimalNumber | undefined {
  const precision = Math.max(a.precision, b.precision);
  if (a.kind === "integer" && b.kind === "integer") {
    const value = a.value + b.value;
    if (Number.isSafeInteger(value)) return { kind: "integer", value, precision };
  }
  if (a.kind === "infinite" || b.kind === "infinite") {
    if (a.kind === b.kind && signOf(a) !== signOf(b)) return undefined;
    return a.kind === "infinite" ? a : b;
  }
  return sum(partsOf(a), partsOf(b), precision);
}

/** undefined for an infinity less itself. */
export function subtractNumbers(a: DecimalNumber, b: DecimalNumber): DecimalNumber | undefined {
  return addNumbers(a, negateNumber(b));
}

/** Exact up to 512 bits, whatever the precision of the operands. undefined for zero times infinity. */
export function multiplyNumbers(a: DecimalNumber, b: DecimalNumber): DecimalNumber | undefined {
  const precision = Math.max(a.precision, b.precision);
  if (a.kind === "integer" && b.kind === "integer") {
    const value = a.value * b.value;
    if (Number.isSafeInteger(value)) return { kind: "integer", value: value + 0, precision };
  }
  if (a.kind === "infinite" || b.kind === "infinite") return signedInfinity(signOf(a) * signOf(b));
  const x = partsOf(a);
  const y = partsOf(b);
  const product = roundTo(x.mantissa * y.mantissa, x.exponent + y.exponent, Math.max(textPrecision, precision));
  if (product.kind === "infinite") return product;
  const needed = product.kind === "float" ? bitLength(product.mantissa) : 0;
  return { ...product, precision: Math.max(precision, needed) };
}

/** Division by zero is infinite; undefined for zero by zero and infinity by infinity. */
export function divideNumbers(a: DecimalNumber, b: DecimalNumber): DecimalNumber | undefined {
  const precision = Math.max(a.precision, b.precision);
  if (a.kind === "infinite") return b.kind === "infinite" ? undefined : signedInfinity(a.sign * (signOf(b) || 1));
  if (b.kind === "infinite") return { kind: "integer", value: 0, precision };
  if (signOf(b) === 0) return signedInfinity(signOf(a));
  const x = partsOf(a);
  const y = partsOf(b);
  const shift = Math.max(0, precision + 2 + bitLength(y.mantissa) - bitLength(x.mantissa));
  const dividend = x.mantissa << BigInt(shift);
  const quotient = dividend / y.mantissa;
  const exponent = x.exponent - y.exponent - shift;
  if (quotient * y.mantissa === dividend) return roundTo(quotient, exponent, precision);
  return roundTo(withStickyBit(quotient, signOf(a) * signOf(b)), exponent - 1, precision);
}

/**
 * What is left of `a` after taking `b` a whole number of times, with the sign of `a`; exact for whole numbers. `a` itself when `b`
 * is zero; infinite when either is, undefined when one is infinite and the other zero.
 */
export function remainderOf(a: DecimalNumber, b: DecimalNumber): DecimalNumber | undefined {
  if (a.kind === "infinite" || b.kind === "infinite") return multiplyNumbers(a, b);
  if (signOf(b) === 0) return a;
  if (a.kind === "integer" && b.kind === "integer") return { ...a, value: (a.value % b.value) + 0 };
  const x = partsOf(a);
  const y = partsOf(b);
  if (isWhole(a) && isWhole(b)) return roundTo(wholeOf(x) % wholeOf(y), 0, a.precision);
  // The rounded quotient counts, not the exact one: 0.3 % 0.1 is 0, though the binary 0.1 is a little more than a tenth.
  const quotient = divideNumbers(a, b);
  if (quotient === undefined || quotient.kind === "infinite")
    return { kind: "integer", value: 0, precision: a.precision };
  const times = wholePart(quotient);
  const taken = roundTo(-times.mantissa * y.mantissa, times.exponent + y.exponent, a.precision);
  return taken.kind === "infinite" ? undefined : sum(x, partsOf(taken), a.precision);
}

/** Cuts the fraction off. */
export function truncateNumber(number: DecimalNumber): DecimalNumber {
  return signOf(number) < 0 ? ceilNumber(number) : floorNumber(number);
}

/** The greatest whole number not above. */
export function floorNumber(number: DecimalNumber): DecimalNumber {
  if (number.kind !== "float" || number.exponent >= 0) return number;
  return roundTo(number.mantissa >> BigInt(-number.exponent), 0, number.precision);
}

/** The least whole number not below. */
export function ceilNumber(number: DecimalNumber): DecimalNumber {
  return negateNumber(floorNumber(negateNumber(number)));
}

/** `mantissa * 2 ** exponent` in the nearest form that `precision` bits hold, ties to even. */
export function roundTo(mantissa: bigint, exponent: number, precision: number): DecimalNumber {
  if (mantissa === 0n) return { kind: "integer", value: 0, precision };
  const surplus = bitLength(mantissa) - precision;
  const kept = surplus > 0 ? halfToEven(mantissa, surplus) : mantissa;
  const scale = surplus > 0 ? exponent + surplus : exponent;
  const top = bitLength(kept) + scale;
  if (top > largestExponent) return kept > 0n ? positiveInfinity : negativeInfinity;
  if (top < -largestExponent) return { kind: "integer", value: 0, precision };
  return normalised(kept, scale, precision);
}

/** The number of binary digits of the magnitude; 0 for zero. */
export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude === 0n) return 0;
  const hex = magnitude.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}

interface Parts {
  readonly mantissa: bigint;
  readonly exponent: number;
}

function partsOf(number: SmallInteger | BinaryFloat): Parts {
  return number.kind === "integer" ? { mantissa: BigInt(number.value), exponent: 0 } : number;
}

function wholeOf(parts: Parts): bigint {
  return parts.mantissa << BigInt(parts.exponent);
}

function wholePart(number: SmallInteger | BinaryFloat): Parts {
  if (number.kind === "integer" || number.exponent >= 0) return partsOf(number);
  // The division of big integers cuts towards zero, a shift would not.
  return { mantissa: number.mantissa / (1n << BigInt(-number.exponent)), exponent: 0 };
}

function topBit(parts: Parts): number {
  return bitLength(parts.mantissa) + parts.exponent;
}

function sum(x: Parts, y: Parts, precision: number): DecimalNumber {
  if (x.mantissa === 0n) return roundTo(y.mantissa, y.exponent, precision);
  if (y.mantissa === 0n) return roundTo(x.mantissa, x.exponent, precision);
  const [high, low] = topBit(x) >= topBit(y) ? [x, y] : [y, x];
  // Far below the last bit that counts, only the sign of the smaller one matters.
  const floor = Math.min(high.exponent, topBit(high) - precision) - 4;
  const tiny = topBit(low) < floor;
  const mantissa = tiny ? (low.mantissa < 0n ? -1n : 1n) : low.mantissa;
  const exponent = tiny ? floor : low.exponent;
  const shared = Math.min(high.exponent, exponent);
  const total = (high.mantissa << BigInt(high.exponent - shared)) + (mantissa << BigInt(exponent - shared));
  return roundTo(total, shared, precision);
}

function signedInfinity(sign: number): DecimalNumber | undefined {
  if (sign === 0) return undefined;
  return sign > 0 ? positiveInfinity : negativeInfinity;
}

/** Appends a bit that says "and a little more", so that an inexact quotient never looks like a tie. */
function withStickyBit(quotient: bigint, sign: number): bigint {
  const doubled = quotient * 2n;
  return sign < 0 ? doubled - 1n : doubled + 1n;
}

function halfToEven(mantissa: bigint, surplus: number): bigint {
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const shift = BigInt(surplus);
  const half = 1n << (shift - 1n);
  const rest = magnitude & ((1n << shift) - 1n);
  let kept = magnitude >> shift;
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return mantissa < 0n ? -kept : kept;
}

function normalised(mantissa: bigint, exponent: number, precision: number): DecimalNumber {
  const zeros = trailingZeros(mantissa);
  const odd = mantissa >> BigInt(zeros);
  const scale = exponent + zeros;
  if (scale >= 0 && scale < 53) {
    const whole = odd << BigInt(scale);
    const value = Number(whole);
    if (Number.isSafeInteger(value)) return { kind: "integer", value, precision };
  }
  return { kind: "float", mantissa: odd, exponent: scale, precision };
}

function trailingZeros(value: bigint): number {
  if ((value & 1n) === 1n) return 0;
  return bitLength(value & -value) - 1;
}

function scaled(value: number, exponent: number): number {
  // In two steps, because 2 ** exponent alone may overflow where the product does not.
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}
