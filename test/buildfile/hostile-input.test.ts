/** Whatever the text, the readers answer: no exception, no endless loop, no time that grows faster than the text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Checked } from "../../src/base/diagnostic.ts";
import type { Source } from "../../src/base/span.ts";
import { dataHelp } from "../../src/buildfile/data/data-problems.ts";
import { parseHcl } from "../../src/buildfile/hcl/parse.ts";
import type { Body } from "../../src/buildfile/hcl/syntax.ts";
import { syntaxHelp } from "../../src/buildfile/hcl/syntax-problems.ts";
import { jsonHelp } from "../../src/buildfile/json/json-problems.ts";
import { parseJson } from "../../src/buildfile/json/parse.ts";
import { parseToml } from "../../src/buildfile/toml/parse.ts";
import { tomlHelp } from "../../src/buildfile/toml/toml-problems.ts";
import { hclInputs, jsonInputs } from "./conformance-inputs.ts";

type Parse = (source: Source) => Checked<Body>;

const codes = new Set([syntaxHelp, jsonHelp, tomlHelp, dataHelp].flatMap((help) => Object.keys(help)));

function expectAnswer(parse: Parse, text: string): void {
  const { value, diagnostics } = parse({ name: "input", text });
  expect(value.attributes).toBeDefined();
  for (const { code, span } of diagnostics) {
    if (!codes.has(code) || !span || span.start < 0 || span.end < span.start || span.end > text.length) {
      throw new Error(`${code} is placed at ${span?.start}-${span?.end} of ${text.length} in ${JSON.stringify(text)}`);
    }
  }
}

const tomlInputs: readonly string[] = [
  '[target.app]\ntags = ["a:${TAG}", \'b\']\nargs = { A = 1, B.c = 0x1F, "q k" = """\nmulti \\\n  line""" }\n[[variable.X.validation]]\ncondition = "${X != 1}"\nwhen = 1979-05-27T07:32:00Z\n',
];

const readers: readonly (readonly [string, Parse, readonly string[]])[] = [
  ["HCL", parseHcl, hclInputs.map(({ text }) => text)],
  ["JSON", parseJson, jsonInputs.map(({ text }) => text)],
  ["TOML", parseToml, tomlInputs],
];

const splinters = [
  "${",
  "%{",
  "}",
  '"',
  "'",
  "<<E\n",
  "\n",
  "{",
  "[",
  "(",
  ")",
  "]",
  "=",
  ":",
  ",",
  "/*",
  "#",
  "\\",
  "~",
  "\u0000",
  "\ud800",
  "=>",
  "...",
  '"""',
];

describe.each(readers)("%s", (_, parse, inputs) => {
  test("with pieces cut out, doubled and put in is answered", () => {
    const mutation = fc.record({ at: fc.nat(), length: fc.nat({ max: 12 }), put: fc.constantFrom("", ...splinters) });
    const mutated = fc
      .record({ input: fc.constantFrom(...inputs), mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }) })
      .map(({ input, mutations }) =>
        mutations.reduce((text, { at, length, put }) => {
          const from = at % (text.length + 1);
          return text.slice(0, from) + put + text.slice(from + length);
        }, input),
      );
    fc.assert(
      fc.property(mutated, (text) => expectAnswer(parse, text)),
      { numRuns: 1500 },
    );
  });

  test("cut off anywhere is answered", () => {
    for (const text of [...inputs].sort((a, b) => a.length - b.length).slice(-2)) {
      for (let end = 0; end < Math.min(text.length, 2000); end += 3) expectAnswer(parse, text.slice(0, end));
    }
  });
});

test("closers made up for what was cut off are passed by", () => {
  expectAnswer(parseHcl, 'a = ["b%{ "c",\n  ]\n');
});

/** Texts that repeat one thing, for as often as wanted. */
const hostile: readonly (readonly [string, Parse, (count: number) => string])[] = [
  ["brackets", parseHcl, (n) => `a = ${"[".repeat(n)}`],
  ["parentheses", parseHcl, (n) => `a = ${"(".repeat(n)}1${")".repeat(n)}`],
  ["signs", parseHcl, (n) => `a = ${"-".repeat(n)}1`],
  ["operators", parseHcl, (n) => `a = 1${" + 1".repeat(n)}`],
  ["accesses", parseHcl, (n) => `a = b${".c".repeat(n)}`],
  ["splats", parseHcl, (n) => `a = b${"[*]".repeat(n)}`],
  ["conditionals", parseHcl, (n) => `a = ${"b ? c : ".repeat(n)}d`],
  ["interpolations in one another", parseHcl, (n) => `a = ${'"${'.repeat(n)}`],
  ["interpolations over lines", parseHcl, (n) => `a = ${'"${\n'.repeat(n)}"b`],
  ["heredocs in one another", parseHcl, (n) => `a = ${"<<E\n${".repeat(n)}`],
  ["blocks", parseHcl, (n) => "a {\n".repeat(n)],
  ["directives", parseHcl, (n) => `a = "${"%{ if b }".repeat(n)}"`],
  ["broken strings", parseHcl, (n) => 'a = "b\n'.repeat(n)],
  ["broken items in an open list", parseHcl, (n) => `a = [${"1 +,\n".repeat(n)}`],
  ["broken attributes", parseHcl, (n) => "a = )\n".repeat(n)],
  ["opening quotes of another kind", parseHcl, (n) => `a = ${"“".repeat(n)}`],
  ["lines that are not the marker", parseHcl, (n) => `a = <<E\n${"  EE\n".repeat(n)}`],
  ["labels", parseHcl, (n) => `a ${"b ".repeat(n)}`],
  ["braces in a sequence", parseHcl, (n) => `a = "\${${"{".repeat(n)}`],
  ["attributes", parseHcl, (n) => Array.from({ length: n }, (_, i) => `a${i} = "\${b}"\n`).join("")],
  ["arrays", parseJson, (n) => "[".repeat(n)],
  ["objects", parseJson, (n) => '{"a":'.repeat(n)],
  ["escapes", parseJson, (n) => `{"a": "${"\\u00e9${b}".repeat(n)}"}`],
  ["comments", parseJson, (n) => `{${"// x\n".repeat(n)}}`],
  ["keys of a kind", parseJson, (n) => `{${'"a": 1, '.repeat(n)}"a": 1}`],
  ["arrays", parseToml, (n) => `a = ${"[".repeat(n)}`],
  ["inline tables", parseToml, (n) => `a = ${"{b = ".repeat(n)}`],
  ["dots in a key", parseToml, (n) => `a${".b".repeat(n)} = 1`],
  ["broken tables", parseToml, (n) => "[a]\nb = = \n".repeat(n)],
  ["keys", parseToml, (n) => Array.from({ length: n }, (_, i) => `a${i} = 1\n`).join("")],
];

describe("time grows no faster than the text with", () => {
  test.each(hostile)("many %s", { retry: 3 }, (_, parse, make) => {
    const small = quickest(parse, make(2000));
    const large = quickest(parse, make(8000));
    // Four times the text: 4 if linear, 16 if quadratic.
    expect(large / Math.max(small, 1)).toBeLessThan(10);
  });
});

function quickest(parse: Parse, text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    expectNoThrow(parse, text);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function expectNoThrow(parse: Parse, text: string): void {
  expect(parse({ name: "input", text }).value.span.start).toBe(0);
}
