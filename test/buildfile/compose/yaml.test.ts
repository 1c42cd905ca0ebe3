import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { looksLikeCompose } from "../../../src/buildfile/compose/looks-like-compose.ts";
import type { ComposeNode } from "../../../src/buildfile/compose/node.ts";
import { parseYaml } from "../../../src/buildfile/compose/yaml/parse-yaml.ts";
import { plainValue } from "../../../src/buildfile/compose/yaml/scalar.ts";
import { brief, loadTexts } from "./load-texts.ts";

function parse(text: string): unknown {
  const { value, diagnostics } = parseYaml({ name: "c.yaml", text });
  expect(brief(diagnostics)).toEqual([]);
  return value.map(plain);
}

function plain(node: ComposeNode): unknown {
  switch (node.kind) {
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
    case "list":
      return node.items.map(plain);
    case "boolean":
      return node.value;
    case "null":
      return null;
    case "number":
      return `number ${node.text}`;
    case "text":
      return node.text;
  }
}

test.each([
  ["1", "1"],
  ["1.50", "1.5"],
  ["0777", "511"],
  ["0o17", "15"],
  ["0x1F", "31"],
  ["-0b11", "-3"],
  ["1_000", "1000"],
  ["089", "89"],
  ["1e6", "1e+06"],
  ["123456.5", "123456.5"],
  ["1234567.5", "1.2345675e+06"],
  ["0.0001", "0.0001"],
  ["0.00001", "1e-05"],
  ["-.5", "-0.5"],
  ["18446744073709551615", "18446744073709551615"],
  ["99999999999999999999", "1e+20"],
  [".inf", "+Inf"],
])("the plain scalar %s is the number %s", (written, text) => {
  expect(plainValue(written)).toEqual({ kind: "number", text });
});

test.each(["yes", "1.2.3", "2024-01-01", "1:30", "+", "-", "0x", "1e", "v1", "0b2", "_1"])(
  "the plain scalar %s is text",
  (text) => {
    expect(plainValue(text)).toEqual({ kind: "text", text });
  },
);

test("a document is read as it was meant", () => {
  const text = [
    "a: &x {k: 1, l: [true, ~, 'no', \"q\\n\", !!str 5, !!int '7']}",
    "b: *x",
    "c: {<<: *x, k: own}",
    "d: {<<: [{k: first}, *x], m: 1}",
    "e:",
    "f: |",
    "  block",
    "1: number",
    "? long",
    ": key",
  ].join("\n");
  const x = { k: "number 1", l: [true, null, "no", "q\n", "5", "number 7"] };
  expect(parse(text)).toEqual([
    {
      a: x,
      b: x,
      c: { ...x, k: "own" },
      d: { ...x, k: "first", m: "number 1" },
      e: null,
      f: "block\n",
      "1": "number",
      long: "key",
    },
  ]);
});

const mistakes: readonly (readonly [string, readonly string[]])[] = [
  ["a: [", ["compose/syntax error c.yaml:1:5"]],
  ["a:\n\tb: 1", ["compose/syntax error c.yaml:2:1"]],
  ['a: "x', ["compose/syntax error c.yaml:1:6"]],
  ["a: 1\nb: 2\na: 3", ["compose/duplicate-key error c.yaml:3:1"]],
  ["[a]: 1", ["compose/key error c.yaml:1:1"]],
  ["a: *no", ["compose/alias error c.yaml:1:4"]],
  ["a: &a {b: *a}", ["compose/alias error c.yaml:1:11"]],
  ["a: {<<: 5}", ["compose/merge-key error c.yaml:1:5"]],
  [
    "a: *x\nb: {<<: *y}",
    ["compose/alias error c.yaml:1:4", "compose/alias error c.yaml:2:9", "compose/merge-key error c.yaml:2:5"],
  ],
];

test.each(mistakes)("the mistakes of %j have places", (text, expected) => {
  expect(brief(parseYaml({ name: "c.yaml", text }).diagnostics)).toEqual(expected);
});

describe("hostile files", () => {
  const bomb = (width: number, depth: number) =>
    Array.from({ length: depth }, (_, i) => {
      return `a${i}: &a${i} [${Array.from({ length: width }, () => (i === 0 ? "x" : `*a${i - 1}`)).join(",")}]`;
    }).join("\n");
  const files: readonly (readonly [string, string, string])[] = [
    ["aliases of aliases", `${bomb(10, 40)}\nservices: {app: {build: {tags: *a39}}}`, "compose/too-large"],
    ["nested lists", `a: ${"[".repeat(50_000)}`, "compose/too-deep"],
    ["nested maps", "{a: ".repeat(50_000), "compose/too-deep"],
    ["nested blocks", "- ".repeat(50_000), "compose/too-deep"],
    [
      "merge keys of merge keys",
      `a0: &a0 {k: 1}\n${Array.from({ length: 3000 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: *a${i}, k${i}: 1}`).join("\n")}`,
      "compose/too-large",
    ],
  ];

  test.each(files)("%s are refused", (_, text, code) => {
    const { diagnostics } = loadTexts({ "compose.yaml": text });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  test("files that include the same files again and again are stopped", () => {
    const texts: Record<string, string> = {
      "compose.yaml": "include: [f0.yaml, f0.yaml]",
      "f20.yaml": "services: {a: {build: .}}",
    };
    for (let i = 0; i < 20; i++) texts[`f${i}.yaml`] = `include: [f${i + 1}.yaml, f${i + 1}.yaml]`;
    expect(loadTexts(texts).diagnostics.map(({ code }) => code)).toEqual(["compose/include"]);
  });

  test("any text is read without failing, and errors have places", () => {
    const piece = fc.constantFrom(
      ..."services:|app:|build:|image:|args:|<<:|  |\n|- |[|]|{|}|&a |*a|: |,|!reset |!override |${|}|'|\"|#|---\n|extends:|include:|x-bake:|secrets:|tags:|null".split(
        "|",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { diagnostics } = loadTexts({ "compose.yaml": pieces.join("") });
        for (const { span } of diagnostics) {
          expect(span).toBeDefined();
          if (span) expect(span.start).toBeLessThanOrEqual(span.end);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ["services:\n  a:", true],
  ["# c\nsecrets: {}\n", true],
  ['{"services": {}}', true],
  ["{services: {}}", true],
  ['target "a" { services = 1 }', false],
  ["target:\n  services: x", false],
  ['{"target": {}}', false],
  ["", false],
])("%j looks like compose: %s", (text, answer) => {
  expect(looksLikeCompose(text)).toBe(answer);
});
