/** Durations as Go writes them: `1h30m`, `1.5s`, `250ms`. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";

const unitNs: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["\u00b5s", 1e3],
  ["\u03bcs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

/** In nanoseconds. */
export function parseDuration(text: string): Parsed<number> {
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return parsed(0);
  let total = 0;
  let at = 0;
  const part = /(\d+(?:\.\d*)?|\.\d+)([^\d.]*)/y;
  for (let match = part.exec(rest); match !== null; match = part.exec(rest)) {
    const [whole, number = "", unit = ""] = match;
    const factor = unitNs.get(unit);
    if (unit === "") return unparsed(`${JSON.stringify(text)} lacks a unit: ns, us, ms, s, m or h`);
    if (factor === undefined) return unparsed(`${JSON.stringify(unit)} is no unit: use ns, us, ms, s, m or h`);
    total += Math.trunc(Number(number) * factor);
    at += whole.length;
  }
  if (at === 0 || at < rest.length) return unparsed(`${JSON.stringify(text)} is no duration`);
  if (total >= 2 ** 63) return unparsed(`${JSON.stringify(text)} is too long`);
  return parsed(sign === "-" ? -total : total);
}
