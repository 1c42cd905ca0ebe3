/** JSON Schema (2020-12) as data, and the shapes the values of build files have. */

export type Schema = boolean | Readonly<Record<string, unknown>>;

export function reference(name: string): { readonly $ref: string } {
  return { $ref: `#/$defs/${name}` };
}

/** An expression in a string: what it gives cannot be told here. */
const expression = { type: "string", pattern: "^\\$\\{[\\s\\S]*\\}$" } as const;
const sequence = "[$%]\\{";
const listItem = { type: ["string", "number", "boolean"] } as const;
const entryText = { type: ["string", "number", "boolean", "null"] } as const;

/** The shapes, to be put among the definitions of the schema; attributes refer to them. */
export const shapes: Readonly<Record<string, Schema>> = {
  text: { type: ["string", "number", "boolean", "null"] },
  flag: { anyOf: [{ type: ["boolean", "null"] }, { type: "string", pattern: `^(true|false|1|0)$|${sequence}` }] },
  number: { anyOf: [{ type: ["integer", "null"] }, { type: "string", pattern: `^[+-]?[0-9]+$|${sequence}` }] },
  list: orExpression({ type: "array", items: listItem }),
  map: orExpression({ type: "object", additionalProperties: entryText }),
  strictMap: orExpression({ type: "object", additionalProperties: listItem }),
};

export function orExpression(schema: Schema): { readonly anyOf: readonly Schema[] } {
  return { anyOf: [schema, expression, { type: "null" }] };
}

/** Text with values to choose from; others may come out of expressions, or be known to newer builders. */
export function oneOf(...values: readonly string[]): Schema {
  return { anyOf: [{ enum: values }, reference("text")] };
}

export interface EntryShape {
  /** The keys of the object form worth offering. */
  readonly properties: Readonly<Record<string, Schema>>;
  /** Whether the object form has to say its type. */
  readonly isTyped: boolean;
  /** Names of keys beyond which nothing is allowed. */
  readonly onlyKeys?: readonly string[];
}

/** A list whose items are texts (`type=registry,ref=…`) or objects. */
export function entryList({ properties, isTyped, onlyKeys }: EntryShape): Schema {
  const object = {
    type: "object",
    properties,
    // Keys count in any case and with white space around them.
    ...(isTyped && { anyOf: [{ required: ["type"] }, { not: { propertyNames: { pattern: "^[a-z_-]+$" } } }] }),
    ...(onlyKeys && { propertyNames: { pattern: `^(${onlyKeys.join("|")})$|[^a-z-]` } }),
  };
  return orExpression({ type: "array", items: { anyOf: [{ type: ["string", "null"] }, object] } });
}
