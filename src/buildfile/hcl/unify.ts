/** The one type that several convert to (spec bake-language, section 8.3). */
import { objectType, tupleType } from "./type.ts";
import { typesEqual } from "./type-equality.ts";
import { anyType, stringType, type Type } from "./value.ts";

/**
 * The type all of `types` convert to, or undefined when there is none (also for no types at all). A collection among types that
 * are still open (`any`) gives `any`: convert nothing then.
 */
export function unify(types: readonly Type[]): Type | undefined {
  const [first, ...others] = types;
  if (first === undefined) return undefined;
  if (others.every((type) => typesEqual(first, type))) return withoutOptional(first);
  const closed = types.filter((type) => type.kind !== "any");
  if (closed.length < types.length) return unifyWithAny(closed);
  const kinds = new Set(types.map((type) => type.kind));
  if (!types.some(isStructured)) return kinds.has("string") ? stringType : undefined;
  if (onlyOf(kinds, ["tuple"])) return unifyTuples(types);
  if (onlyOf(kinds, ["object"])) return unifyObjects(types);
  if (onlyOf(kinds, ["map", "object"])) return collection("map", types);
  if (onlyOf(kinds, ["set", "tuple"])) return collection("set", types);
  if (onlyOf(kinds, ["list", "set", "tuple"])) return collection("list", types);
  return undefined;
}

function unifyWithAny(closed: readonly Type[]): Type | undefined {
  if (closed.length === 0) return anyType;
  const type = unify(closed);
  return type !== undefined && isStructured(type) ? anyType : type;
}

function unifyTuples(types: readonly Type[]): Type | undefined {
  const rows = types.map((type) => (type.kind === "tuple" ? type.elements : []));
  const length = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== length)) return collection("list", types);
  const elements: Type[] = [];
  for (let at = 0; at < length; at++) {
    const element = unify(rows.flatMap((row) => row[at] ?? []));
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return tupleType(elements);
}

function unifyObjects(types: readonly Type[]): Type | undefined {
  const rows = types.map((type) => (type.kind === "object" ? type.attributes : new Map<string, Type>()));
  const names = [...(rows[0]?.keys() ?? [])];
  if (rows.some((row) => row.size !== names.length || !names.every((name) => row.has(name)))) {
    return collection("map", types);
  }
  const attributes: [string, Type][] = [];
  for (const name of names) {
    const attribute = unify(rows.flatMap((row) => row.get(name) ?? []));
    if (attribute === undefined) return undefined;
    attributes.push([name, attribute]);
  }
  return objectType(attributes);
}

/** A collection whose element type fits the elements of all of `types`; those without elements do not matter. */
function collection(kind: "list" | "set" | "map", types: readonly Type[]): Type | undefined {
  const elements = types.flatMap(elementTypes);
  if (elements.length === 0) return { kind, element: anyType };
  const element = unify(elements);
  return element === undefined ? undefined : { kind, element };
}

function elementTypes(type: Type): readonly Type[] {
  if ("element" in type) return [type.element];
  if (type.kind === "tuple") return type.elements;
  return type.kind === "object" ? [...type.attributes.values()] : [];
}

function isStructured(type: Type): boolean {
  return "element" in type || type.kind === "tuple" || type.kind === "object";
}

function onlyOf(kinds: ReadonlySet<Type["kind"]>, allowed: readonly Type["kind"][]): boolean {
  for (const kind of kinds) if (!allowed.includes(kind)) return false;
  return true;
}

/** Optional attributes belong to declarations; the type of a value has none. */
function withoutOptional(type: Type): Type {
  if (type.kind === "object") {
    return objectType([...type.attributes].map(([name, attribute]) => [name, withoutOptional(attribute)]));
  }
  if (type.kind === "tuple") return tupleType(type.elements.map(withoutOptional));
  return "element" in type ? { kind: type.kind, element: withoutOptional(type.element) } : type;
}
