/** `--filter` of `du` and `prune`: which parts of the cache are meant, in the words of docker buildx. */
import type { Usage } from "../../api/cache.ts";
import { didYouMean } from "../../base/suggest.ts";
import { type Flag, UsageError } from "../flag.ts";
import { parseAge } from "./age.ts";

export type UsageFilter = (usage: Usage, nowMs: number) => boolean;

export const filterFlag: Flag = {
  name: "filter",
  kind: "list",
  placeholder: "FILTER",
  group: "Selecting",
  description: "What is meant: until=24h (not used since), type=exec.cachemount, id=…, description~=…; all of several",
};

const texts: ReadonlyMap<string, (usage: Usage) => string> = new Map([
  ["id", ({ id }: Usage) => id],
  ["type", ({ type }: Usage) => type],
  ["description", ({ description }: Usage) => description],
]);

const flags: ReadonlyMap<string, (usage: Usage) => boolean> = new Map([
  ["inuse", ({ inUse }: Usage) => inUse],
  ["mutable", ({ mutable }: Usage) => mutable],
  ["immutable", ({ mutable }: Usage) => !mutable],
  ["shared", ({ shared }: Usage) => shared],
  ["private", ({ shared }: Usage) => !shared],
]);

const truths: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

const ages = ["until", "unused-for"];

/** What all filters let through. Throws a UsageError for one that is none. */
export function parseFilters(filters: readonly string[]): UsageFilter {
  const parsed = filters.map(parseFilter);
  return (usage, nowMs) => parsed.every((filter) => filter(usage, nowMs));
}

/** `key`, `key=value`, `key!=value`, `key~=pattern`. An id is a pattern anyway, as it is for docker. */
function parseFilter(filter: string): UsageFilter {
  const [, key = "", operator = "", value = ""] = /^([^=!~]*)(!=|~=|==|=)?(.*)$/s.exec(filter) ?? [];
  if (ages.includes(key)) return parseUntil(filter, operator, value);
  const flag = flags.get(key);
  if (flag !== undefined) return parseFlag(filter, flag, { operator, value });
  const text = texts.get(key);
  if (text === undefined) throw unknownKey(filter, key);
  if (operator === "") throw new UsageError(`--filter ${filter}: ${key} needs a value`, `write ${key}=VALUE`);
  if (operator === "~=" || (key === "id" && operator === "=")) {
    const pattern = parsePattern(filter, value);
    return (usage) => pattern.test(text(usage));
  }
  return (usage) => (text(usage) === value) === (operator !== "!=");
}

function parseUntil(filter: string, operator: string, value: string): UsageFilter {
  const age = operator === "=" ? parseAge(value) : undefined;
  if (age === undefined) {
    throw new UsageError(`--filter ${filter}: ${JSON.stringify(value)} is no duration`, "write until=24h or until=90m");
  }
  return ({ lastUsedMs }, nowMs) => nowMs - lastUsedMs >= age;
}

function parseFlag(
  filter: string,
  flag: (usage: Usage) => boolean,
  { operator, value }: { readonly operator: string; readonly value: string },
): UsageFilter {
  if (operator === "") return flag;
  const wanted = truths.get(value.toLowerCase());
  if (wanted === undefined || operator === "~=") {
    throw new UsageError(`--filter ${filter}: ${JSON.stringify(value)} is neither true nor false`);
  }
  return (usage) => (flag(usage) === wanted) === (operator !== "!=");
}

function parsePattern(filter: string, value: string): RegExp {
  try {
    return new RegExp(value);
  } catch {
    throw new UsageError(`--filter ${filter}: ${JSON.stringify(value)} is no regular expression`);
  }
}

function unknownKey(filter: string, key: string): UsageError {
  const known = [...ages, ...texts.keys(), ...flags.keys()];
  return new UsageError(
    `--filter ${filter}: unknown key ${JSON.stringify(key)}`,
    didYouMean(key, known) ?? `one of ${known.join(", ")}`,
  );
}
