/** The JSON Schema of build files in JSON and TOML. */
import { reference, type Schema, shapes } from "./schema.ts";
import { targetSchema } from "./target-schema.ts";

const comment = { description: "A comment." } as const;
const identifier = "^[\\p{ID_Start}_][\\p{ID_Continue}-]*$";
const native = "an expression of the native syntax";

const variable: Schema = {
  type: "object",
  description: "A variable. The environment and --var give it another value than its default.",
  properties: {
    "//": comment,
    default: { description: "The value when nobody gives another." },
    type: {
      type: ["string", "null"],
      description: `The type, ${native}: string, number, bool, list(string), map(number).`,
    },
    description: {
      type: ["string", "null"],
      description: "What the variable is for; plain text, shown by `tsbake list variables`.",
    },
    validation: reference("validations"),
  },
};

const validation: Schema = {
  type: "object",
  description: "A rule for the value of the variable.",
  properties: {
    "//": comment,
    condition: { description: 'True for good values, as in ${TAG != ""}.' },
    error_message: { description: "What is said of others." },
  },
  required: ["condition"],
  additionalProperties: false,
};

const userFunction: Schema = {
  type: "object",
  description: "A function for the expressions of all build files.",
  properties: {
    "//": comment,
    params: {
      anyOf: [
        { type: "array", items: { type: "string", pattern: identifier } },
        { type: "string", pattern: "^\\s*\\[" },
      ],
      description: "The names of the parameters.",
    },
    variadic_params: { type: ["string", "null"], description: "The name of the list of all further arguments." },
    result: { description: "What a call gives; a template with the parameters." },
  },
  required: ["params", "result"],
  additionalProperties: false,
};

const group: Schema = {
  type: "object",
  description: "A group: targets and groups that are built together.",
  properties: {
    "//": comment,
    targets: { ...reference("list"), description: "Names of targets and groups." },
    description: { ...reference("text"), description: "What the group is, shown by `tsbake list`." },
    name: false,
    matrix: false,
  },
};

/** A body, several bodies, or none; `null` is none. */
function bodies(name: string, body: Schema): Readonly<Record<string, Schema>> {
  return {
    [name]: body,
    [`${name}s`]: { anyOf: [reference(name), { type: "null" }, { type: "array", items: reference(`${name}s`) }] },
  };
}

/** Bodies by the names of their blocks. */
function named(name: string, description: string, names?: Schema): Schema {
  return {
    anyOf: [
      {
        type: "object",
        properties: { "//": comment },
        additionalProperties: reference(`${name}s`),
        ...(names !== undefined && { propertyNames: names }),
      },
      { type: "null" },
      { type: "array", items: reference(`${name}-blocks`) },
    ],
    description,
  };
}

const blockNames = { pattern: "^([a-zA-Z0-9_-]+|//)$" } as const;

const root: Schema = {
  type: ["object", "array"],
  items: reference("root"),
  properties: {
    $schema: { type: "string", description: "Where this schema is, for editors." },
    "//": comment,
    variable: reference("variable-blocks"),
    function: reference("function-blocks"),
    group: reference("group-blocks"),
    target: reference("target-blocks"),
    include: { description: "Further build files, as in services/*/bake.json. Seen from the folder of this one." },
  },
};

export const buildFileSchema: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "tsbake.schema.json",
  title: "tsbake build file",
  description:
    "Build files in JSON and TOML. Strings are templates: ${expression} puts a value in; alone in its string it keeps its type.",
  ...reference("root"),
  $defs: {
    root,
    "variable-blocks": named("variable", "Variables by name."),
    "function-blocks": named("function", "Functions by name."),
    "group-blocks": named("group", "Groups by name.", blockNames),
    "target-blocks": named("target", "Targets by name.", blockNames),
    ...bodies("variable", variable),
    ...bodies("validation", validation),
    ...bodies("function", userFunction),
    ...bodies("group", group),
    ...bodies("target", targetSchema),
    ...shapes,
  },
};

/** The text of `schemas/tsbake.schema.json`. */
export function renderSchema(): string {
  return `${JSON.stringify(buildFileSchema, undefined, 2)}\n`;
}
