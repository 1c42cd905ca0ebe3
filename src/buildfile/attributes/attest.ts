/** Attestations: `type=provenance,mode=max`, `type=sbom,disabled=true`, or an object. */
import { parseBoolean } from "../../base/boolean.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import type { AttestEntry } from "./entries.ts";
import { type KeyValue, keyValuesOf, parseKeyValues } from "./fields.ts";

export function parseAttestText(text: string): Parsed<AttestEntry> {
  const pairs = parseKeyValues(text);
  return pairs.ok ? attestFrom(pairs.value) : pairs;
}

export function attestFromEntries(entries: ReadonlyMap<string, string>): Parsed<AttestEntry> {
  return attestFrom(keyValuesOf(entries));
}

function attestFrom(pairs: Iterable<KeyValue>): Parsed<AttestEntry> {
  const attributes = new Map<string, string>();
  let type = "";
  let disabled = false;
  for (const { key, value } of pairs) {
    const name = key.trim().toLowerCase();
    if (name === "type") {
      type = value;
    } else if (name === "disabled") {
      const read = parseBoolean(value);
      if (read === undefined) return unparsed(`disabled is true or false, not ${JSON.stringify(value)}`);
      disabled = read;
    } else {
      attributes.set(key.trim(), value);
    }
  }
  if (type === "") return unparsed("an attestation needs a type (type=provenance or type=sbom)");
  return parsed({ type, disabled, attributes });
}
