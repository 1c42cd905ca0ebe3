import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { hasErrors } from "../../../src/base/diagnostic.ts";
import { targetAttributes } from "../../../src/buildfile/definition/attributes/target-attributes.ts";
import { evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import { standardFunctions } from "../../../src/buildfile/functions/standard-functions.ts";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { convert } from "../../../src/language/convert/convert.ts";
import { buildFileSchema, renderSchema } from "../../../src/language/schema/build-file-schema.ts";
import { hclInputs, jsonInputs } from "../../buildfile/conformance-inputs.ts";
import { inputOf } from "../../buildfile/definition/evaluate.ts";

const ajv = new Ajv.default({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
const validate = ajv.compile(buildFileSchema);

/** What the schema says against a document. */
function refusals(text: string): readonly string[] {
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The codes of the errors we find in a document. */
function errorsIn(text: string): readonly string[] {
  const source = { name: "docker-bake.json", text };
  const { value: body, diagnostics } = parseJson(source);
  const evaluated = evaluateDefinition([{ source, format: "json", body }], {
    ...inputOf({}),
    functions: standardFunctions,
  });
  return [...diagnostics, ...evaluated.diagnostics].filter((each) => hasErrors([each])).map(({ code }) => code);
}

const documents = [
  ...jsonInputs.map(({ name, text }) => ({ name, text })),
  ...hclInputs.map(({ name, text }) => ({ name, text: convert({ name, text }, { from: "hcl", to: "json" }).value })),
].filter(({ text }) => isJson(text));

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

test("the published file is what the program prints", () => {
  // To renew it: tsbake schema > schemas/tsbake.schema.json
  expect(readFileSync(new URL("../../../schemas/tsbake.schema.json", import.meta.url), "utf8")).toBe(renderSchema());
});

test("every attribute of a target is described", () => {
  const target = ajv.getSchema("tsbake.schema.json#/$defs/target")?.schema;
  const described = Object.entries(propertiesOf(target)).filter(([, each]) => descriptionOf(each) !== undefined);
  expect(described.map(([name]) => name).sort()).toEqual(["//", "matrix", "name", ...targetAttributes.keys()].sort());
});

test("what is without errors is accepted", () => {
  const good = documents.filter(({ text }) => errorsIn(text).length === 0);
  expect(good.length).toBeGreaterThan(350);
  for (const { name, text } of good) expect(refusals(text), `${name}\n${text}`).toEqual([]);
});

/** What a schema can see: shapes, where no expression makes them. */
const visible = new Set([
  "data/root-not-object",
  "data/block-not-object",
  "data/body-not-object",
  "buildfile/unexpected-attribute",
  "buildfile/attribute-type",
  "buildfile/function-incomplete",
  "buildfile/function-parameter",
]);

test("wrong shapes are refused", () => {
  const bad = documents.filter(({ text }) => !/[$%]\{/.test(text) && errorsIn(text).some((code) => visible.has(code)));
  expect(bad.length).toBeGreaterThan(10);
  for (const { name, text } of bad) expect(refusals(text), `${name}\n${text}`).not.toEqual([]);
});

test.each([
  ["[1]"],
  ['"text"'],
  ['{"target": 1}'],
  ['{"target": {"a": "x"}}'],
  ['{"target": {"a b": {}}}'],
  ['{"target": {"a": {"tags": "x"}}}'],
  ['{"target": {"a": {"tags": [null]}}}'],
  ['{"target": {"a": {"tags": {"x": 1}}}}'],
  ['{"target": {"a": {"args": ["x"]}}}'],
  ['{"target": {"a": {"args": {"x": []}}}}'],
  ['{"target": {"a": {"contexts": {"x": null}}}}'],
  ['{"target": {"a": {"context": []}}}'],
  ['{"target": {"a": {"pull": "yes"}}}'],
  ['{"target": {"a": {"pull": 1}}}'],
  ['{"target": {"a": {"output": "type=oci"}}}'],
  ['{"target": {"a": {"output": [{"dest": "x"}]}}}'],
  ['{"target": {"a": {"cache-to": [{"ref": "x"}]}}}'],
  ['{"target": {"a": {"policy": [{"file": "x"}]}}}'],
  ['{"target": {"a": {"resources": {"cpu-shares": "x"}}}}'],
  ['{"target": {"a": {"matrix": {"x": 1}, "name": "a-1"}}}'],
  ['{"group": {"a": {"targets": ["x"], "name": "y"}}}'],
  ['{"group": {"a": {"targets": [["x"]]}}}'],
  ['{"function": {"f": {"params": ["x"]}}}'],
  ['{"function": {"f": {"result": "x"}}}'],
  ['{"function": {"f": {"params": ["a b"], "result": "x"}}}'],
  ['{"function": {"f": {"params": [], "result": "x", "extra": 1}}}'],
  ['{"variable": {"x": {"validation": {"error_message": "x"}}}}'],
  ['{"variable": {"x": {"description": 1}}}'],
])("we and the schema refuse %s", (text) => {
  expect(errorsIn(text)).not.toEqual([]);
  expect(refusals(text)).not.toEqual([]);
});

test.each([
  ['{"$schema": "x", "//": ["any", 1], "target": {"//": 1, "a": {"//": {}}}}'],
  ['{"target": null, "group": [{"g": [{"targets": ["a"]}, null]}, {"h": {"targets": []}}], "include": ["x.hcl"]}'],
  [
    '{"variable": {"L": {"default": [true]}}, "target": {"a": {"tags": "${[for x in L : \\"a\\"]}", "pull": "${L[0]}", "args": "${{}}", "no-cache": "0"}}}',
  ],
  [
    '{"target": {"a": {"tags": ["x", 1, true], "args": {"x": null, "y": 1.5}, "output": [null, "", {"type": "oci", "dest": "x"}, {"Type": "tar"}]}}}',
  ],
  ['{"target": {"a": {"call": "check", "network": "none", "shm-size": 64, "resources": {"cpu-shares": "10"}}}}'],
  ['{"function": {"f": {"params": "[a, b]", "variadic_params": "rest", "result": "${a}"}}}'],
])("we and the schema accept %s", (text) => {
  expect(errorsIn(text)).toEqual([]);
  expect(refusals(text)).toEqual([]);
});

function propertiesOf(schema: unknown): object {
  const found = typeof schema === "object" && schema !== null && "properties" in schema ? schema.properties : undefined;
  return typeof found === "object" && found !== null ? found : {};
}

function descriptionOf(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "description" in schema ? schema.description : undefined;
}
