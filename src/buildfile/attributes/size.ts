/** Sizes of memory: `128m`, `1.5 GiB`, `67108864`. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";

const form = /^([0-9]+(?:\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?$/i;
const powers: ReadonlyMap<string, number> = new Map(["", "k", "m", "g", "t", "p"].map((unit, power) => [unit, power]));

/** Bytes, a whole number. Units count in steps of 1024, with or without `i` and `b`, in any case. */
export function parseSizeText(text: string): Parsed<number> {
  const [, number, unit] = form.exec(text) ?? [];
  const power = powers.get((unit ?? "").toLowerCase());
  if (number === undefined || power === undefined) {
    return unparsed(`${JSON.stringify(text)} is no size, write a number with an optional unit as in 64m or 2g`);
  }
  const bytes = Math.floor(Number(number) * 1024 ** power);
  if (!Number.isSafeInteger(bytes)) return unparsed(`${JSON.stringify(text)} is too large a size`);
  return parsed(bytes);
}
