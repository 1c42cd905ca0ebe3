/** Outputs: `type=oci,dest=app.tar`, a bare path, `-`, or an object. */
import { parseCsvRecord } from "../../base/csv.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import type { OutputEntry } from "./entries.ts";
import { gatherTyped, keyValuesOf, parseKeyValues } from "./fields.ts";

/**
 * A single field that does not start with `type=` is a folder (`type=local`), even one with an equals sign in it; `-` is a tar
 * archive on standard output. Empty text is an error: lists drop empty elements before they come here.
 */
export function parseOutputText(text: string): Parsed<OutputEntry> {
  const record = parseCsvRecord(text);
  if (!record.ok) return unparsed(record.message, record.offset);
  const [only, ...others] = record.fields;
  if (only !== undefined && others.length === 0 && !/^type=/i.test(only.trimStart())) {
    return parsed({ type: only === "-" ? "tar" : "local", attributes: new Map([["dest", only]]) });
  }
  const pairs = parseKeyValues(text);
  return pairs.ok ? gatherTyped(pairs.value, "an output") : pairs;
}

/** The object form. The case of annotation keys is kept: it is part of the annotation's name. */
export function outputFromEntries(entries: ReadonlyMap<string, string>): Parsed<OutputEntry> {
  const output = gatherTyped(keyValuesOf(entries), "an output");
  if (!output.ok) return output;
  const attributes = new Map<string, string>();
  for (const [key, value] of entries) {
    const name = key.trim();
    const lower = name.toLowerCase();
    if (lower !== "type") attributes.set(lower.startsWith("annotation") ? name : lower, value);
  }
  return parsed({ type: output.value.type, attributes });
}
