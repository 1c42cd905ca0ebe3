/** Sizes as docker's flags take them and as its tables show them. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";

const powers = "bkmgtp";

/** In bytes: `512`, `10GB`, `1.5g`, `2 GiB`; every unit is a power of 1024, as docker has it. */
export function parseSize(text: string): Parsed<number> {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgtp]i?b?|b?)$/i.exec(text.trim()) ?? [];
  if (number === "") return unparsed(`${JSON.stringify(text)} is no size: write 512MB or 10GB`);
  const power = unit === "" ? 0 : powers.indexOf(unit.charAt(0).toLowerCase());
  return parsed(Math.trunc(Number(number) * 1024 ** power));
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** With four figures, decimal: `0B`, `4.096kB`, `12.35MB`. */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
