/** Numbers as decimal digits, and in the notations of `%e`, `%f` and `%g`. */
import { absoluteNumber, type BinaryFloat, type DecimalNumber, signOf } from "../../hcl/number.ts";
import { shortestDigits } from "../../hcl/number-text.ts";

/** `0.digits * 10 ** scale`, without sign; no digits and scale 0 for zero. */
export interface Decimal {
  readonly digits: string;
  readonly scale: number;
}

/** The magnitude in the fewest digits that read back to the number. The number must be finite. */
export function shortestDecimal(number: DecimalNumber): Decimal {
  if (number.kind === "float") return shortestDigits(number);
  const magnitude = absoluteNumber(number);
  const digits = magnitude.kind === "integer" && signOf(magnitude) !== 0 ? String(magnitude.value) : "";
  return { digits: digits.replace(/0+$/, ""), scale: digits.length };
}

/** The magnitude in all its digits. The number must be finite. */
export function exactDecimal(number: DecimalNumber): Decimal {
  return number.kind === "float" ? exactDigits(number) : shortestDecimal(number);
}

/** Keeps `count` digits (which may be negative: then nothing is left), half to even. */
export function roundDecimal({ digits, scale }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, scale };
  if (count < 0) return { digits: "", scale: 0 };
  const next = digits.charCodeAt(count) - 48;
  const tie = next === 5 && /^0*$/.test(digits.slice(count + 1));
  const odd = count > 0 && digits.charCodeAt(count - 1) % 2 === 1;
  if (tie ? !odd : next < 5) return trimmed(digits.slice(0, count), scale);
  const rounded = (BigInt(digits.slice(0, count) || "0") + 1n).toString().padStart(count, "0");
  return trimmed(rounded, rounded.length > count ? scale + 1 : scale);
}

/** `1.50`, with `places` digits behind the point. */
export function fixedNotation({ digits, scale }: Decimal, places: number): string {
  const whole = scale <= 0 ? "0" : digits.slice(0, scale).padEnd(scale, "0");
  if (places === 0) return whole;
  const fraction = scale <= 0 ? "0".repeat(Math.min(-scale, places)) + digits : digits.slice(scale);
  return `${whole}.${fraction.slice(0, places).padEnd(places, "0")}`;
}

/** `1.50e+00`, with `places` digits behind the point. */
export function exponentNotation({ digits, scale }: Decimal, places: number): string {
  const exponent = digits === "" ? 0 : scale - 1;
  const fraction = digits.slice(1, places + 1).padEnd(places, "0");
  const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `${digits.charAt(0) || "0"}${places > 0 ? `.${fraction}` : ""}e${power}`;
}

/**
 * The first notation that fits: an exponent below -4, or one of at least the precision (6 without one), is written as such. The
 * decimal is shown in all its digits: round before.
 */
export function generalNotation(decimal: Decimal, precision: number | undefined): string {
  const { digits, scale } = decimal;
  const isShort = precision !== undefined && precision > digits.length && digits.length >= scale;
  const limit = isShort ? digits.length : (precision ?? 6);
  const exponent = scale - 1;
  if (digits !== "" && (exponent < -4 || exponent >= limit)) return exponentNotation(decimal, digits.length - 1);
  return fixedNotation(decimal, Math.max(0, digits.length - scale));
}

function exactDigits({ mantissa, exponent }: BinaryFloat): Decimal {
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const digits = (exponent >= 0 ? magnitude << BigInt(exponent) : magnitude * 5n ** BigInt(-exponent)).toString();
  return trimmed(digits, digits.length + Math.min(exponent, 0));
}

function trimmed(digits: string, scale: number): Decimal {
  const significant = digits.replace(/0+$/, "");
  return significant === "" ? { digits: "", scale: 0 } : { digits: significant, scale };
}
