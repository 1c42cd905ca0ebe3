import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonTree, renderJson } from "../../src/oci/json-text.ts";

/** What Go 1.22's `encoding/json` writes for the same. */
const cases: readonly (readonly [name: string, tree: JsonTree, go: string])[] = [
  ["markup is escaped", 'a<b>&"\\/', '"a\\u003cb\\u003e\\u0026\\"\\\\/"'],
  ["control characters", "\b\f\n\r\t\u0001\u001f\u007f", '"\\b\\f\\n\\r\\t\\u0001\\u001f\u007f"'],
  ["line separators of JavaScript", "\u2028\u2029", '"\\u2028\\u2029"'],
  ["half of a surrogate pair", "x\ud800y\udc00", '"x\ufffdy\ufffd"'],
  ["a whole pair", "😀é", '"😀é"'],
  ["structs keep their order, absent fields are left out", { b: 1, a: null, c: undefined }, '{"b":1,"a":null}'],
  [
    "maps are sorted by bytes, also numbers and what is beyond the basic plane",
    new Map([
      ["10", 1],
      ["9", 2],
      ["\uffff", 3],
      ["😀", 4],
      ["", 5],
    ]),
    '{"":5,"10":1,"9":2,"\uffff":3,"😀":4}',
  ],
  ["nothing in a list", [], "[]"],
  ["nothing in a map", new Map(), "{}"],
  ["large numbers", 9007199254740991, "9007199254740991"],
];

describe("JSON as Go writes it", () => {
  test.each(cases)("%s", (_, tree, go) => {
    expect(renderJson(tree)).toBe(go);
  });

  test("is indented as MarshalIndent does it", () => {
    const tree = { a: [1, { b: "x" }], c: [], d: {}, e: new Map([["k", null]]) };
    expect(renderJson(tree, 2)).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": "x"\n    }\n  ],\n  "c": [],\n  "d": {},\n  "e": {\n    "k": null\n  }\n}',
    );
  });

  test("is read back as what was written", () => {
    const values = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 4 }), (value, indent) => {
        // Objects whose keys are numbers are the reason for maps.
        expect(JSON.parse(renderJson(value, indent))).toEqual(
          JSON.parse(JSON.stringify(value).replace(/\\ud[89a-f]../gi, "\ufffd")),
        );
      }),
    );
  });
});
