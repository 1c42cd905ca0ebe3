/** Types of values: what a value's is, whether two are the same, what they are called. */
import { formatNumber } from "./number-text.ts";
import { anyType, boolType, numberType, stringType, type Type, type Value } from "./value.ts";

/** The type of a value; of the unknown value and of the literal null it is `any`. */
export function typeOf(value: Value): Type {
  switch (value.kind) {
    case "unknown":
      return anyType;
    case "null":
      return value.type;
    case "string":
      return stringType;
    case "number":
      return numberType;
    case "bool":
      return boolType;
    case "list":
    case "set":
    case "map":
      return { kind: value.kind, element: value.element };
    case "tuple":
      return tupleType(value.items.map(typeOf));
    case "object":
      return objectType([...value.entries].map(([name, entry]) => [name, typeOf(entry)]));
  }
}

export function tupleType(elements: readonly Type[]): Type {
  return { kind: "tuple", elements };
}

/** An object type; the attributes named in `optional` may be missing where a value converts to it. */
export function objectType(attributes: Iterable<readonly [string, Type]>, optional: Iterable<string> = []): Type {
  return { kind: "object", attributes: new Map(attributes), optional: new Set(optional) };
}

/** Whether `any` occurs in the type, so that values decide what it becomes. */
export function hasAny(type: Type): boolean {
  switch (type.kind) {
    case "any":
      return true;
    case "list":
    case "set":
    case "map":
      return hasAny(type.element);
    case "tuple":
      return type.elements.some(hasAny);
    case "object":
      return [...type.attributes.values()].some(hasAny);
    default:
      return false;
  }
}

/** What `--list` and messages call a type: `list of string`, `map of number`, `object`, `any type`. */
export function friendlyTypeName(type: Type): string {
  switch (type.kind) {
    case "any":
      return "any type";
    case "list":
    case "set":
    case "map":
      return `${type.kind} of ${type.element.kind === "any" ? "any single type" : friendlyTypeName(type.element)}`;
    default:
      return type.kind;
  }
}

/** A type as it is written in a build file: `list(string)`, `object({ a = number, b = optional(bool) })`. */
export function printType(type: Type): string {
  switch (type.kind) {
    case "list":
    case "set":
    case "map":
      return `${type.kind}(${printType(type.element)})`;
    case "tuple":
      return `tuple([${type.elements.map(printType).join(", ")}])`;
    case "object": {
      const attributes = [...type.attributes].map(([name, attribute]) => {
        const text = printType(attribute);
        return `${printKey(name)} = ${type.optional.has(name) ? `optional(${text})` : text}`;
      });
      return attributes.length === 0 ? "object({})" : `object({ ${attributes.join(", ")} })`;
    }
    default:
      return type.kind;
  }
}

/** A value for a message: short texts and numbers as they are, everything else by its type. */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "string":
      return `the string ${JSON.stringify(clipped(value.value))}`;
    case "bool":
      return `the bool ${value.value}`;
    case "number":
      return `the number ${clipped(formatNumber(value.value))}`;
    case "tuple":
      return value.items.length === 0 ? "an empty list" : "a list";
    case "object":
      return "an object";
    case "unknown":
      return "an unknown value";
    default:
      return `a ${friendlyTypeName(typeOf(value))}`;
  }
}

function clipped(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

function printKey(name: string): string {
  return /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(name) ? name : JSON.stringify(name);
}
