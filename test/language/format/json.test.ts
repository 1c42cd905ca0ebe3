import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { formatJson } from "../../../src/language/format/json.ts";
import { jsonInputs } from "../../buildfile/conformance-inputs.ts";
import { withoutSpans } from "../../buildfile/hcl/without-spans.ts";

function formatted(text: string): string {
  const { value, diagnostics } = formatJson({ name: "docker-bake.json", text });
  expect(diagnostics).toEqual([]);
  return value;
}

function expectLaws(text: string): void {
  const once = formatted(text);
  const parse = (each: string): unknown => withoutSpans(parseJson({ name: "x", text: each }).value);
  expect(parse(once), once).toEqual(parse(text));
  expect(formatted(once)).toBe(once);
}

test("formatting keeps what a file means, and done twice changes nothing more", () => {
  const wellFormed = jsonInputs.filter(({ name, text }) => parseJson({ name, text }).diagnostics.length === 0);
  expect(wellFormed.length).toBeGreaterThan(15);
  for (const { text } of wellFormed) expectLaws(text);
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      const text = JSON.stringify({ any: value }, undefined, indent);
      fc.pre(!/[$%]\{/.test(text));
      expectLaws(text);
    }),
  );
});

test.each<readonly [string, string, string]>([
  ["what is short and on one line stays there", '{"a":{"b":[1,2,{}]}}', '{ "a": { "b": [1, 2, {}] } }\n'],
  ["what was opened stays open", '{\n"a":[\n1],"b":[2]}', '{\n  "a": [\n    1\n  ],\n  "b": [2]\n}\n'],
  ["what is around something open is open", '{"a":{\n"b":1}}', '{\n  "a": {\n    "b": 1\n  }\n}\n'],
  [
    "numbers and escapes are kept as written",
    '{"a" : [1.50,1E3,"\\u00e9\\/"] }',
    '{ "a": [1.50, 1E3, "\\u00e9\\/"] }\n',
  ],
  ["CRLF is kept", '{\r\n"a":1}', '{\r\n  "a": 1\r\n}\r\n'],
  ["what is empty is closed", "{\n}", "{}\n"],
  [
    "what is too long is opened",
    `{"tags":["${"x".repeat(60)}","${"y".repeat(40)}"]}`,
    `{\n  "tags": [\n    "${"x".repeat(60)}",\n    "${"y".repeat(40)}"\n  ]\n}\n`,
  ],
])("%s", (_, text, expected) => {
  expect(formatted(text)).toBe(expected);
});

test("a file with errors is left as it is", () => {
  const text = '{"a":1,}';
  const { value, diagnostics } = formatJson({ name: "docker-bake.json", text });
  expect(value).toBe(text);
  expect(diagnostics.map(({ code }) => code)).toEqual(["json/trailing-comma"]);
});
