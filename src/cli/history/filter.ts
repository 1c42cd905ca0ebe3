/** `--filter` of `history ls`: which records are meant, in the words of docker buildx. */
import type { BuildRecord } from "../../api/history.ts";
import { didYouMean } from "../../base/suggest.ts";
import { parseAge } from "../cache/age.ts";
import { UsageError } from "../flag.ts";
import { recordName, repositoryOf } from "./record-name.ts";

export type RecordFilter = (record: BuildRecord, nowMs: number) => boolean;

type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=";

interface Condition {
  readonly filter: string;
  readonly key: string;
  readonly operator: Operator;
  readonly value: string;
}

const texts: ReadonlyMap<string, (record: BuildRecord) => string> = new Map([
  ["ref", ({ ref }: BuildRecord) => ref],
  ["name", recordName],
  ["repository", repositoryOf],
  ["status", ({ status }: BuildRecord) => status],
]);

const times: ReadonlyMap<string, (record: BuildRecord) => number | undefined> = new Map([
  ["startedAt", ({ createdMs }: BuildRecord) => createdMs],
  ["completedAt", ({ completedMs }: BuildRecord) => completedMs],
]);

/** What all filters let through; of several conditions in one, parted by commas, one is enough. Throws a UsageError for one that is none. */
export function parseFilters(filters: readonly string[]): RecordFilter {
  const parsed = filters.map((filter) => filter.split(",").map((part) => parseCondition(part)));
  return (record, nowMs) => parsed.every((conditions) => conditions.some((holds) => holds(record, nowMs)));
}

function parseCondition(filter: string): RecordFilter {
  const [, key = "", operator, value = ""] = /^([A-Za-z]*)(!=|<=|>=|=|<|>)(.*)$/s.exec(filter) ?? [];
  if (!isOperator(operator)) throw unknownFilter(filter, /^[A-Za-z]*/.exec(filter)?.[0] ?? "");
  const condition = { filter, key, operator, value };
  const text = texts.get(key);
  if (text !== undefined) return ofText(condition, text);
  const time = times.get(key);
  if (time !== undefined) return ofTime(condition, time);
  if (key === "duration") return ofDuration(condition);
  throw unknownFilter(filter, key);
}

function ofText({ filter, key, operator, value }: Condition, text: (record: BuildRecord) => string): RecordFilter {
  if (operator === "=") return (record) => text(record) === value;
  if (operator === "!=") return (record) => text(record) !== value;
  throw new UsageError(`--filter ${filter}: ${key} has no order`, `write ${key}=VALUE or ${key}!=VALUE`);
}

/** An age stands for the moment so long ago: `startedAt>5m` is what began in the last five minutes. */
function ofTime(
  { filter, operator, value }: Condition,
  time: (record: BuildRecord) => number | undefined,
): RecordFilter {
  const age = parseAge(value);
  const moment = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (age === undefined && Number.isNaN(moment)) {
    throw new UsageError(
      `--filter ${filter}: ${JSON.stringify(value)} is neither a duration nor a time`,
      "write startedAt>24h or startedAt>2026-01-31T12:00:00Z",
    );
  }
  return (record, nowMs) => {
    const at = time(record);
    return at !== undefined && compare(at, operator, age === undefined ? moment : nowMs - age);
  };
}

function ofDuration({ filter, operator, value }: Condition): RecordFilter {
  const limit = parseAge(value);
  if (limit === undefined) {
    throw new UsageError(`--filter ${filter}: ${JSON.stringify(value)} is no duration`, "write duration>1m30s");
  }
  return ({ createdMs, completedMs }, nowMs) => compare((completedMs ?? nowMs) - createdMs, operator, limit);
}

function compare(a: number, operator: Operator, b: number): boolean {
  switch (operator) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

function isOperator(text: string | undefined): text is Operator {
  return text === "=" || text === "!=" || text === "<" || text === "<=" || text === ">" || text === ">=";
}

function unknownFilter(filter: string, key: string): UsageError {
  const known = [...texts.keys(), ...times.keys(), "duration"];
  const hint = known.includes(key) ? `write ${key}=VALUE` : (didYouMean(key, known) ?? `one of ${known.join(", ")}`);
  return new UsageError(`--filter ${filter}: there is no such filter`, hint);
}
