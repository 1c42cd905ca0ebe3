/** Equality of types. */
import type { Type } from "./value.ts";

/** Whether two types are the same; which attributes are optional does not count. */
export function typesEqual(a: Type, b: Type): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case "string":
    case "number":
    case "bool":
    case "any":
      return b.kind === a.kind;
    case "list":
    case "set":
    case "map":
      return b.kind === a.kind && typesEqual(a.element, b.element);
    case "tuple":
      return b.kind === "tuple" && sameTypes(a.elements, b.elements);
    case "object":
      return b.kind === "object" && sameAttributes(a.attributes, b.attributes);
  }
}

function sameTypes(a: readonly Type[], b: readonly Type[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((type, at) => {
    const other = b[at];
    return other !== undefined && typesEqual(type, other);
  });
}

function sameAttributes(a: ReadonlyMap<string, Type>, b: ReadonlyMap<string, Type>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, type] of a) {
    const other = b.get(name);
    if (other === undefined || !typesEqual(type, other)) return false;
  }
  return true;
}
