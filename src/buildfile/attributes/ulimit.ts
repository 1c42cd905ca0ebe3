/** Limits of processes: `nofile=1024`, `nproc=65535:65536`. */
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";

export interface Ulimit {
  readonly name: string;
  /** -1 is unlimited. */
  readonly soft: bigint;
  readonly hard: bigint;
}

const names: readonly string[] = [
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
];

const largest = 2n ** 63n - 1n;

/** One number stands for both; the soft limit is not above the hard one. */
export function parseUlimitText(text: string): Parsed<Ulimit> {
  const [name, limits, ...more] = text.split("=");
  if (name === undefined || limits === undefined || more.length > 0) {
    return unparsed(`${JSON.stringify(text)} is not of the form name=soft or name=soft:hard`);
  }
  if (!names.includes(name)) {
    const hint = didYouMean(name, names) ?? `known are ${names.join(", ")}`;
    return unparsed(`there is no limit ${JSON.stringify(name)} (${hint})`, 0);
  }
  const numbers = limits.split(":").map(parseLimit);
  const [soft, hard = soft] = numbers;
  if (numbers.length > 2 || soft === undefined || hard === undefined || numbers.includes(undefined)) {
    return unparsed(`${JSON.stringify(limits)} is no limit, write a whole number or soft:hard`, name.length + 1);
  }
  if (hard !== -1n && (soft === -1n || soft > hard)) {
    return unparsed(`the soft limit ${soft} of ${name} is above the hard limit ${hard}`, name.length + 1);
  }
  return parsed({ name, soft, hard });
}

function parseLimit(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -1n && value <= largest ? value : undefined;
}
