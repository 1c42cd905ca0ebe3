/** Policies: `filename=app.rego,strict=true`, or an object. */
import { parseBoolean } from "../../base/boolean.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { PolicyEntry } from "./entries.ts";
import { type KeyValue, keyValuesOf, parseKeyValues } from "./fields.ts";

const keys: readonly string[] = ["filename", "reset", "disabled", "strict", "log-level"];

/** `filename` may repeat. */
export function parsePolicyText(text: string): Parsed<PolicyEntry> {
  const pairs = parseKeyValues(text);
  return pairs.ok ? policyFrom(pairs.value) : pairs;
}

export function policyFromEntries(entries: ReadonlyMap<string, string>): Parsed<PolicyEntry> {
  return policyFrom(keyValuesOf(entries));
}

function policyFrom(pairs: Iterable<KeyValue>): Parsed<PolicyEntry> {
  const filenames: string[] = [];
  const flags: { reset?: boolean; disabled?: boolean; strict?: boolean } = {};
  let logLevel: string | undefined;
  for (const { key, value } of pairs) {
    const name = key.trim().toLowerCase();
    if (name === "filename") {
      filenames.push(value);
    } else if (name === "log-level") {
      logLevel = value;
    } else if (name === "reset" || name === "disabled" || name === "strict") {
      const read = parseBoolean(value);
      if (read === undefined) return unparsed(`${name} is true or false, not ${JSON.stringify(value)}`);
      flags[name] = read;
    } else {
      const near = didYouMean(name, keys);
      return unparsed(`a policy has no key ${JSON.stringify(key)}${near === undefined ? "" : ` (${near})`}`);
    }
  }
  return parsed({ filenames, ...flags, ...(logLevel === undefined ? {} : { logLevel }) });
}
