/** Reads the text that overrides a variable, from the environment or `--var` (spec sections 13.3 and 13.4). */
import { parseBoolean } from "../../../base/boolean.ts";
import { parseCsvRecord } from "../../../base/csv.ts";
import { type Parsed, parsed, unparsed } from "../../../base/parsed.ts";
import { convert, describeProblem } from "../../hcl/convert.ts";
import { fromDouble } from "../../hcl/number.ts";
import { parseNumber } from "../../hcl/number-text.ts";
import { friendlyTypeName } from "../../hcl/type.ts";
import {
  anyType,
  boolValue,
  nullOf,
  numberValue,
  objectValue,
  stringValue,
  type Type,
  tupleValue,
  type Value,
} from "../../hcl/value.ts";
import { valueFromJson } from "../../hcl/value-from-json.ts";

/** Plain text as a value of a declared type. */
export function readTyped(text: string, type: Type): Parsed<Value> {
  switch (type.kind) {
    case "string":
    case "number":
    case "bool":
      return readPrimitive(text, type);
    case "list":
    case "set":
      return readSequence(text, type);
    case "tuple":
      return readTuple(text, type);
    case "map":
      return readMap(text, type);
    case "object":
    case "any":
      return unparsed(`text cannot be read as ${friendlyTypeName(type)}; give it as JSON`);
  }
}

/** Plain text for a variable without declared type, read as what its default is. */
export function readLike(text: string, example: Value): Parsed<Value> {
  switch (example.kind) {
    case "string":
    case "number":
    case "bool":
      return readPrimitive(text, { kind: example.kind });
    case "null":
    case "unknown":
      return parsed(stringValue(text));
    default:
      return unparsed("text cannot replace a default that is a list or an object unless the variable has a type");
  }
}

/** JSON as a value of a declared type: missing attributes of objects are null, unknown ones are refused. */
export function readJsonTyped(text: string, type: Type): Parsed<Value> {
  const json = valueFromJson(text);
  if (!json.ok) return unparsed(json.message, json.offset);
  const fitted = complete(type.kind === "any" ? unwrapAny(json.value) : json.value, type);
  if (!fitted.ok) return fitted;
  const value = convert(fitted.value, type);
  return value.kind === "problem" ? unparsed(describeProblem(value)) : parsed(value);
}

function readPrimitive(text: string, type: Type): Parsed<Value> {
  if (type.kind === "number") {
    const number = readNumber(text);
    return number ? parsed(number) : unparsed(`${JSON.stringify(text)} is no number`);
  }
  if (type.kind === "bool") {
    const bool = parseBoolean(text);
    return bool === undefined ? unparsed(`${JSON.stringify(text)} is neither true nor false`) : parsed(boolValue(bool));
  }
  return parsed(stringValue(text));
}

/** Decimal text exactly, as long as a double could hold it, and hexadecimal floating point (`0x1.8p3`) as a double. */
function readNumber(text: string): Value | undefined {
  const hex = /^([+-]?)0[xX]([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?[pP]([+-]?[0-9]+)$/.exec(text);
  const number = hex ? hexadecimal(hex) : Number.isFinite(Number(text)) ? parseNumber(text) : undefined;
  return number && numberValue(number);
}

function hexadecimal([, sign, whole = "", fraction = "", exponent]: RegExpExecArray): ReturnType<typeof fromDouble> {
  const digits = (whole + fraction).replaceAll("_", "");
  if (digits === "" || digits.length > 64) return undefined;
  const scale = Number(exponent) - 4 * fraction.replaceAll("_", "").length;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** scale * (sign === "-" ? -1 : 1);
  return Number.isFinite(value) ? fromDouble(value) : undefined;
}

/** Empty text has no elements. */
function readFields(text: string): Parsed<readonly string[]> {
  if (text === "") return parsed([]);
  const record = parseCsvRecord(text);
  return record.ok ? parsed(record.fields) : unparsed(record.message, record.offset);
}

function readSequence(text: string, type: Type & { readonly element: Type }): Parsed<Value> {
  const fields = readFields(text);
  if (!fields.ok) return fields;
  const items: Value[] = [];
  for (const field of fields.value) {
    const item = readElement(field, type.element, type);
    if (!item.ok) return item;
    items.push(item.value);
  }
  return converted(tupleValue(items), type);
}

function readTuple(text: string, type: Type & { readonly kind: "tuple" }): Parsed<Value> {
  const fields = readFields(text);
  if (!fields.ok) return fields;
  if (fields.value.length !== type.elements.length) {
    return unparsed(`${type.elements.length} values are wanted, but there are ${fields.value.length}`);
  }
  const items: Value[] = [];
  for (const [i, field] of fields.value.entries()) {
    const item = readElement(field, type.elements[i] ?? anyType, type);
    if (!item.ok) return item;
    items.push(item.value);
  }
  return parsed(tupleValue(items));
}

function readMap(text: string, type: Type & { readonly element: Type }): Parsed<Value> {
  const fields = readFields(text);
  if (!fields.ok) return fields;
  const entries: [string, Value][] = [];
  for (const field of fields.value) {
    const pair = parseCsvRecord(field, ":");
    const [key, value, ...more] = pair.ok ? pair.fields : [];
    if (key === undefined || value === undefined || more.length > 0) {
      return unparsed(`${JSON.stringify(field)} is not of the form key:value`);
    }
    const item = readElement(value, type.element, type);
    if (!item.ok) return item;
    entries.push([key, item.value]);
  }
  return converted(objectValue(entries), type);
}

/** Elements whose type is left open are text. */
function readElement(field: string, type: Type, whole: Type): Parsed<Value> {
  if (type.kind === "any") return parsed(stringValue(field));
  if (type.kind === "string" || type.kind === "number" || type.kind === "bool") return readPrimitive(field, type);
  return unparsed(`text cannot be read as ${friendlyTypeName(whole)}; give it as JSON`);
}

function converted(value: Value, type: Type): Parsed<Value> {
  const result = convert(value, type);
  return result.kind === "problem" ? unparsed(describeProblem(result)) : parsed(result);
}

/** Fills in what objects lack and finds what they have too much, at any depth. */
function complete(value: Value, type: Type): Parsed<Value> {
  if (type.kind === "object" && value.kind === "object") return completeObject(value.entries, type.attributes);
  if ((type.kind === "list" || type.kind === "set") && value.kind === "tuple") {
    return completeItems(value.items, () => type.element);
  }
  if (type.kind === "tuple" && value.kind === "tuple")
    return completeItems(value.items, (i) => type.elements[i] ?? anyType);
  if (type.kind === "map" && value.kind === "object") {
    const entries = completeItems([...value.entries.values()], () => type.element);
    if (!entries.ok || entries.value.kind !== "tuple") return entries;
    const { items } = entries.value;
    return parsed(
      objectValue([...value.entries.keys()].map((key, i): [string, Value] => [key, items[i] ?? nullOf(type.element)])),
    );
  }
  return parsed(value);
}

function completeItems(items: readonly Value[], typeAt: (index: number) => Type): Parsed<Value> {
  const fitted: Value[] = [];
  for (const [i, item] of items.entries()) {
    const result = complete(item, typeAt(i));
    if (!result.ok) return result;
    fitted.push(result.value);
  }
  return parsed(tupleValue(fitted));
}

function completeObject(entries: ReadonlyMap<string, Value>, attributes: ReadonlyMap<string, Type>): Parsed<Value> {
  for (const name of entries.keys()) {
    if (!attributes.has(name)) return unparsed(`the type has no attribute ${JSON.stringify(name)}`);
  }
  const fitted: [string, Value][] = [];
  for (const [name, type] of attributes) {
    const result = complete(entries.get(name) ?? nullOf(type), type);
    if (!result.ok) return result;
    fitted.push([name, result.value]);
  }
  return parsed(objectValue(fitted));
}

/** bake writes a value of open type as `{"value": …, "type": …}`; the type adds nothing to what JSON says itself. */
function unwrapAny(value: Value): Value {
  if (value.kind !== "object" || value.entries.size !== 2 || !value.entries.has("type")) return value;
  return value.entries.get("value") ?? value;
}
