/** The text form of most list attributes: one CSV record of `key=value` fields (spec section 22). */
import { parseCsvRecord } from "../../base/csv.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";

export interface KeyValue {
  /** As written. */
  readonly key: string;
  readonly value: string;
}

/** Splits `a=1,b=2`; the first `=` of a field separates. A field without one is an error that names it. */
export function parseKeyValues(text: string): Parsed<readonly KeyValue[]> {
  const record = parseCsvRecord(text);
  if (!record.ok) return unparsed(record.message, record.offset);
  const pairs: KeyValue[] = [];
  for (const field of record.fields) {
    const equals = field.indexOf("=");
    if (equals === -1) {
      return unparsed(`${JSON.stringify(field)} is not of the form key=value`, offsetOf(text, field));
    }
    pairs.push({ key: field.slice(0, equals), value: field.slice(equals + 1) });
  }
  return parsed(pairs);
}

/** A type with its attributes, keys trimmed and in lower case; the later of two equal keys counts. */
export interface TypedAttributes {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Gathers `type` and the other keys. A missing or empty type is an error. */
export function gatherTyped(pairs: Iterable<KeyValue>, what: string): Parsed<TypedAttributes> {
  const attributes = new Map<string, string>();
  for (const { key, value } of pairs) attributes.set(key.trim().toLowerCase(), value);
  const type = attributes.get("type");
  if (type === undefined || type === "") return unparsed(`${what} needs a type (type=...)`);
  attributes.delete("type");
  return parsed({ type, attributes });
}

/** The entries of an object as fields. */
export function* keyValuesOf(entries: ReadonlyMap<string, string>): Generator<KeyValue> {
  for (const [key, value] of entries) yield { key, value };
}

function offsetOf(text: string, field: string): number | undefined {
  const found = field === "" ? -1 : text.indexOf(field);
  return found === -1 ? undefined : found;
}
