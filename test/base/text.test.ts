import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBoolean } from "../../src/base/boolean.ts";
import { parseCsvRecord } from "../../src/base/csv.ts";
import { lineText, positionAt } from "../../src/base/span.ts";
import { didYouMean } from "../../src/base/suggest.ts";
import { compareBytes, enumerate, sortedByBytes, stripControl } from "../../src/base/text.ts";

describe("parseCsvRecord", () => {
  test.each([
    ["a,b", ["a", "b"]],
    ['"a,b",c', ["a,b", "c"]],
    ['"say ""hi""",x', ['say "hi"', "x"]],
    ["a,", ["a", ""]],
    [",", ["", ""]],
    [" a , b ", [" a ", " b "]],
    ['""', [""]],
  ])("splits %j", (text, fields) => {
    expect(parseCsvRecord(text)).toEqual({ ok: true, fields });
  });

  test.each(["", 'a"b', '"a', '"a"b'])("refuses %j", (text) => {
    expect(parseCsvRecord(text).ok).toBe(false);
  });

  test("reads back what is written with quotes", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        const written = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",");
        expect(parseCsvRecord(written)).toEqual({ ok: true, fields });
      }),
    );
  });
});

test("compareBytes orders as UTF-8 bytes do", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
  expect(compareBytes("\uffee", "\u{1f600}")).toBeLessThan(0);
});

test("stripControl leaves text that can neither move the cursor nor reorder what is shown", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(stripControl(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
  );
  expect(stripControl("a\u001b[31mred\u001b[0m\u001b]8;;http://x\u0007link\tb\n")).toBe("aredlink\tb\n");
});

test("positions count lines and grapheme clusters from one", () => {
  const source = { name: "x", text: "ab\r\né👨‍👩‍👧x\n" };
  expect(positionAt(source, source.text.indexOf("x\n"))).toEqual({ line: 2, column: 3 });
  expect(positionAt(source, 999)).toEqual({ line: 3, column: 1 });
  expect([lineText(source, 1), lineText(source, 3)]).toEqual(["ab", ""]);
});

test.each([[[]], [["b", "a"]], [["a", "b", "ba"]], [["\u{1f600}", "\uffee", "a"]], [["é", "z", "Z", "10", "9"]]])(
  "sortedByBytes orders %j as UTF-8 bytes do",
  (texts) => {
    const expected = texts.map((text) => Buffer.from(text)).sort(Buffer.compare);
    expect(sortedByBytes(new Set(texts))).toEqual(expected.map(String));
  },
);

test.each([
  ["taget", ["target", "tags"], 'did you mean "target"?'],
  ["xyz", ["target"], undefined],
  ["tgas", ["tags"], 'did you mean "tags"?'],
])("suggests for %s", (word, names, hint) => {
  expect(didYouMean(word, names)).toBe(hint);
});

test("enumerate names a few and counts the rest", () => {
  expect(enumerate(["a"])).toBe("a");
  expect(enumerate(["a", "b", "c"])).toBe("a, b and c");
  expect(enumerate(["a", "b", "c", "d"], 2)).toBe("a, b and 2 more");
});

test.each([
  ["1", true],
  ["TRUE", true],
  ["f", false],
  ["yes", undefined],
  ["tRue", undefined],
])("boolean %s", (text, value) => {
  expect(parseBoolean(text)).toBe(value);
});
