import { describe, expect, test } from "vitest";
import { positionAt } from "../../../src/base/span.ts";
import { type DataCode, dataHelp } from "../../../src/buildfile/data/data-problems.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { type JsonCode, jsonHelp } from "../../../src/buildfile/json/json-problems.ts";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { withoutSpans } from "../hcl/without-spans.ts";
import { markedText, markPlaces } from "../marked-place.ts";

/** The same file in both formats. */
const equivalents: readonly (readonly [string, string, string])[] = [
  [
    "attributes of all types",
    '{"a": 1, "b": -2.5e3, "c": true, "d": null, "e": [1, []], "f": {}}',
    "a = 1\nb = -2.5e3\nc = true\nd = null\ne = [1, []]\nf = {}\n",
  ],
  [
    "strings as templates",
    '{"a": "x${b}y", "c": "${d}", "e": "$${f}", "g": ""}',
    'a = "x${b}y"\nc = "${d}"\ne = "$${f}"\ng = ""\n',
  ],
  [
    "escapes, which come before templates",
    '{"a": "\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\ud83d", "b": "${f(\\"x\\\\n\\")}"}',
    'a = "\\"\\\\/\\u0008\\u000c\\n\\r\\té😀\ufffd"\nb = "${f("x\\n")}"\n',
  ],
  [
    "keys as templates",
    '{"a": {"b": 1, "c d": 2, "${e}": 3, "": 4}}',
    'a = { b = 1, "c d" = 2, "${e}" = 3, "" = 4 }\n',
  ],
  [
    "blocks",
    '{"target": {"a": {"x": 1}, "b": {}}, "group": {"c": {"targets": ["a"]}}}',
    'target "a" {\n  x = 1\n}\ntarget "b" {}\ngroup "c" {\n  targets = ["a"]\n}\n',
  ],
  [
    "arrays of blocks",
    '{"target": [{"a": {}}, {"b": [{"x": 1}, {"y": 2}]}], "group": null}',
    'target "a" {}\ntarget "b" {\n  x = 1\n}\ntarget "b" {\n  y = 2\n}\n',
  ],
  [
    "blocks whose key repeats",
    '{"target": {"a": {}}, "target": {"a": {}, "b": null}}',
    'target "a" {}\ntarget "a" {}\n',
  ],
  [
    "variables",
    '{"variable": {"V": {"type": "list(string)", "default": "x", "validation": [{"condition": "${V}"}, {"condition": false}]}}}',
    'variable "V" {\n  type = list(string)\n  default = "x"\n  validation {\n    condition = "${V}"\n  }\n  validation {\n    condition = false\n  }\n}\n',
  ],
  [
    "functions",
    '{"function": {"f": {"params": ["a", "b"], "variadic_params": "c", "result": "${a}"}}}',
    'function "f" {\n  params = [a, b]\n  variadic_params = c\n  result = "${a}"\n}\n',
  ],
  [
    "comments",
    '{"//": "x", "target": {"//": 1, "a": {"//": [], "args": {"//": "kept"}}}}',
    'target "a" {\n  args = { "//" = "kept" }\n}\n',
  ],
  [
    "blocks of other formats as attributes",
    '{"target": {"a": {"validation": {"x": 1}}}, "services": {}}',
    'services = {}\ntarget "a" {\n  validation = { x = 1 }\n}\n',
  ],
  ["arrays of files", '[{"a": 1}, {"b": 2}]', "a = 1\nb = 2\n"],
];

test.each(equivalents)("%s are read as in the native syntax", (_, json, hcl) => {
  const fromJson = parseJson({ name: "x.json", text: json });
  const fromHcl = parseHcl({ name: "x.hcl", text: hcl });
  expect([...fromJson.diagnostics, ...fromHcl.diagnostics]).toEqual([]);
  expect(withoutSpans(fromJson.value)).toEqual(withoutSpans(fromHcl.value));
});

const examples: readonly (readonly [JsonCode | DataCode | "hcl/expected-expression", string, string])[] = [
  ["json/expected-value", '{"a": «}»', "expected a value, found }"],
  ["json/unknown-word", '{"a": «True»}', "write true"],
  ["json/trailing-comma", '{\n  "a": 1«,»\n}', "remove the comma"],
  ["json/missing-comma", '{\n  "a": «1»\n  "b": 2\n}', "expected a comma after this item"],
  ["json/missing-comma", '{"a": 1«;» "b": 2}', "expected a comma or }"],
  ["json/unquoted-key", "{«a»: 1}", 'write "a"'],
  ["json/expected-colon", '{"a" «=» 1}', "not by ="],
  ["json/expected-colon", '{"a" «1»}', "expected a colon"],
  ["json/unclosed", '{"a": «[»1', "this array is not closed"],
  ["json/unclosed", '{"a": [1«}»', "the array opens here"],
  ["json/comment", '{\n  «//» x\n  "a": 1\n}', "JSON has no comments"],
  ["json/comment", '{\n  «#» x\n  "a": 1\n}', "JSON has no comments"],
  ["json/comment", '{«/*» x */"a": 1}', "JSON has no comments"],
  ["json/wrong-quotes", "{\"a\": «'b'»}", "double quotes"],
  ["json/unterminated-string", '{"a": «"b»\n}', "not closed on its line"],
  ["json/invalid-escape", '{"a": "b«\\d»"}', "there is no escape \\d"],
  ["json/control-character", '{"a": "b«\t»"}', "write \\t"],
  ["json/invalid-number", '{"a": «007»}', "007 is not a number"],
  ["json/extra-after-end", '{"a": 1} «{»}', "goes on after its end"],
  ["json/too-deep", `{"a": ${"[".repeat(199)}«[»${"]".repeat(200)}}`, "nested more than 200"],
  ["data/root-not-object", "«1»", "a build file is an object, not a number"],
  ["data/block-not-object", '{"target": «"a"»}', "target holds objects"],
  ["data/body-not-object", '{"target": {"a": «1»}}', "the body of target a"],
  ["data/duplicate-attribute", '{"target": {"a": {"x": 1, «"x"»: 2}}}', "first set here"],
  ["data/duplicate-key", '{"a": {"x": 1, «"x"»: 2}}', "first used here"],
  ["hcl/expected-expression", '{"a": "\\u00e9\\n${b «+»}"}', "expected a value after +"],
  ["hcl/expected-expression", '{"variable": {"a": {"type": "list(«=»)"}}}', "expected a value"],
];

describe("every code", () => {
  test.each(examples)("%s is reported for %j", (code, marked, said) => {
    const { text } = markedText(marked);
    const { diagnostics } = parseJson({ name: "x.json", text });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(markPlaces(text, diagnostics)).toBe(marked);
    const [only] = diagnostics;
    expect([only?.message, only?.hint, ...(only?.related ?? []).map(({ message }) => message)].join("\n")).toContain(
      said,
    );
  });

  test("has an example and a line of help", () => {
    const shown = new Set<string>(examples.map(([code]) => code).filter((code) => !code.startsWith("hcl/")));
    expect([...shown].sort()).toEqual([...Object.keys(jsonHelp), ...Object.keys(dataHelp)].sort());
  });
});

test("several mistakes are reported at once", () => {
  const marked = '{\n  «a»: «True»,\n  "b": [1«,»],\n  "target": {"c": {"tags": "${«=»}"}},\n  "d": 1«,»\n}\n';
  const { text } = markedText(marked);
  expect(markPlaces(text, parseJson({ name: "x.json", text }).diagnostics)).toBe(marked);
});

test("numbers keep every digit", () => {
  const { value } = parseJson({ name: "x.json", text: '{"a": 12345678901234567890.10}' });
  expect(value.attributes[0]?.value).toMatchObject({ kind: "number", text: "12345678901234567890.10" });
});

test("places in a string are places in the file, escapes before them or not", () => {
  const text = '{\n  "a": "\\u00e9\\ud83d\\ude00 \\"${name}"\n}';
  const { value } = parseJson({ name: "x.json", text });
  const template = value.attributes[0]?.value;
  const span = template?.kind === "template" ? template.parts[1]?.span : undefined;
  expect(span && text.slice(span.start, span.end)).toBe("${name}");
  expect(span && positionAt(span.source, span.start).line).toBe(2);
});
