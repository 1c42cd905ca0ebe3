/** Numbers as the verbs `%d %b %o %x %X` and `%e %E %f %g %G` write them. */
import { FunctionFailure } from "../../hcl/function.ts";
import { absoluteNumber, type DecimalNumber, signOf, toBigInteger } from "../../hcl/number.ts";
import { formatNumber } from "../../hcl/number-text.ts";
import {
  exactDecimal,
  exponentNotation,
  fixedNotation,
  generalNotation,
  roundDecimal,
  shortestDecimal,
} from "./decimal.ts";
import { padNumber, signFor } from "./pad.ts";
import type { Verb } from "./verb.ts";

const defaultPlaces = 6;

const bases: Readonly<Record<string, { readonly radix: number; readonly prefix: string }>> = {
  d: { radix: 10, prefix: "" },
  b: { radix: 2, prefix: "0b" },
  o: { radix: 8, prefix: "0" },
  x: { radix: 16, prefix: "0x" },
  X: { radix: 16, prefix: "0X" },
};

export function renderInteger(number: DecimalNumber, verb: Verb, argument: number): string {
  const integer = toBigInteger(number);
  if (integer === undefined) {
    throw new FunctionFailure(`${verb.text} needs a whole number (an integer), not ${formatNumber(number)}`, argument);
  }
  const base = bases[verb.letter] ?? { radix: 10, prefix: "" };
  const magnitude = (integer < 0n ? -integer : integer).toString(base.radix);
  const cased = verb.letter === "X" ? magnitude.toUpperCase() : magnitude;
  const digits = integer === 0n && verb.precision === 0 ? "" : cased.padStart(verb.precision ?? 0, "0");
  const sign = signFor(integer < 0n, verb) + (verb.flags.alternate ? base.prefix : "");
  return padNumber(sign, digits, { ...verb, zeros: verb.flags.zeros && verb.precision === undefined });
}

export function renderFraction(number: DecimalNumber, verb: Verb): string {
  if (number.kind === "infinite") {
    const sign = number.sign < 0 ? "-" : verb.flags.space ? " " : "+";
    return padNumber(sign, "Inf", { ...verb, zeros: false });
  }
  return padNumber(signFor(signOf(number) < 0, verb), magnitudeOf(number, verb), { ...verb, zeros: verb.flags.zeros });
}

/** As `%v` writes a number: `1.5`, `1e+21`. */
export function renderShortest(number: DecimalNumber): string {
  if (number.kind === "infinite") return formatNumber(number);
  return (signOf(number) < 0 ? "-" : "") + generalNotation(shortestDecimal(number), undefined);
}

function magnitudeOf(number: DecimalNumber, { letter, precision }: Verb): string {
  const magnitude = absoluteNumber(number);
  const places = precision ?? defaultPlaces;
  switch (letter) {
    case "f": {
      const exact = exactDecimal(magnitude);
      return fixedNotation(roundDecimal(exact, exact.scale + places), places);
    }
    case "e":
      return exponentNotation(roundDecimal(exactDecimal(magnitude), places + 1), places);
    case "E":
      return exponentNotation(roundDecimal(exactDecimal(magnitude), places + 1), places).toUpperCase();
    default: {
      const digits = precision === undefined ? undefined : Math.max(1, precision);
      const decimal = digits === undefined ? shortestDecimal(magnitude) : roundDecimal(exactDecimal(magnitude), digits);
      const text = generalNotation(decimal, digits);
      return letter === "G" ? text.toUpperCase() : text;
    }
  }
}
