/** Cache sources and destinations: `type=registry,ref=…`, bare references, or an object. */
import { parseCsvRecord } from "../../base/csv.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import type { CacheEntry } from "./entries.ts";
import { gatherTyped, keyValuesOf, parseKeyValues } from "./fields.ts";

/** A text in which no field has an equals sign is a list of image references, one registry cache each. */
export function parseCacheText(text: string): Parsed<readonly CacheEntry[]> {
  const record = parseCsvRecord(text);
  if (!record.ok) return unparsed(record.message, record.offset);
  if (record.fields.some((field) => field.includes("="))) {
    const pairs = parseKeyValues(text);
    if (!pairs.ok) return pairs;
    const entry = gatherTyped(pairs.value, "a cache");
    return entry.ok ? parsed([entry.value]) : entry;
  }
  if (record.fields.some((field) => field.trim() === "")) return unparsed("an empty image reference");
  return parsed(record.fields.map((ref) => ({ type: "registry", attributes: new Map([["ref", ref]]) })));
}

export function cacheFromEntries(entries: ReadonlyMap<string, string>): Parsed<CacheEntry> {
  return gatherTyped(keyValuesOf(entries), "a cache");
}
