import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNumber } from "../../../src/buildfile/hcl/number-text.ts";
import { unknownValue } from "../../../src/buildfile/hcl/value.ts";
import { valueFromJson } from "../../../src/buildfile/hcl/value-from-json.ts";
import { valueToJson } from "../../../src/buildfile/hcl/value-json.ts";
import { evaluateText } from "./expressions.ts";

describe("values as JSON", () => {
  it.each([
    ["null", "null"],
    ["1e3", "1000"],
    ["1e-7", "0.0000001"],
    ['"<a & b>"', '"\\u003ca \\u0026 b\\u003e"'],
    ['"\\u2028\\u2029"', '"\\u2028\\u2029"'],
    ['"tab\\t \\"q\\" \\\\ ü"', '"tab\\t \\"q\\" \\\\ ü"'],
    ['{ b = 1, a = [true, null, {}], "ü" = [] }', '{"a":[true,null,{}],"b":1,"ü":[]}'],
    ['{ "<" = 1 }', '{"\\u003c":1}'],
    ["toset([3, 1, 2])", "[1,2,3]"],
  ])("%s is %s", (text, json) => {
    expect(valueToJson(evaluateText(text).value)).toEqual({ ok: true, text: json });
  });

  it("infinity and what is not known have none", () => {
    expect(valueToJson(evaluateText("[1 / 0]").value)).toMatchObject({
      ok: false,
      message: expect.stringContaining("infinity"),
    });
    expect(valueToJson(unknownValue).ok).toBe(false);
  });

  it("writes and reads what JavaScript writes and reads", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: fc.constantFrom(...'aé<&>"\\\n\u2028\u{1f600}', "e\u0301") }),
        (document) => {
          const read = valueFromJson(JSON.stringify(document));
          if (!read.ok) throw new Error(read.message);
          const text = valueToJson(read.value);
          if (!text.ok) throw new Error(text.message);
          const normalised: unknown = JSON.parse(JSON.stringify(document).normalize("NFC"));
          expect(JSON.parse(text.text)).toEqual(withoutNegativeZero(normalised));
        },
      ),
    );
  });
});

describe("values from JSON", () => {
  it("numbers keep all their digits", () => {
    const read = valueFromJson("123456789012345678901234567890.5");
    if (!read.ok || read.value.kind !== "number") throw new Error("not a number");
    expect(formatNumber(read.value.value)).toBe("123456789012345678901234567890.5");
  });

  it("objects and tuples nest, the last of equal keys counts, half a surrogate pair is replaced", () => {
    expect(valueFromJson(' { "a" : [ 1 , "\\ud800" ] , "a" : [ ] } ')).toMatchObject({
      ok: true,
      value: { kind: "object", entries: new Map([["a", { kind: "tuple", items: [] }]]) },
    });
    expect(valueFromJson('"\\ud800"')).toMatchObject({ ok: true, value: { value: "\ufffd" } });
  });

  it.each([
    ["", 0],
    ["[a", 1],
    ["[1,]", 3],
    ['{"a":1,}', 7],
    ["{a:1}", 1],
    ["[1 2]", 3],
    ["01", 1],
    ["1 2", 2],
    ["nul", 0],
    ["'x'", 0],
    ['"x', 0],
    ['"\\x"', 0],
    ['"\n"', 0],
    ["1e99999999", 10],
    ["-", 0],
    ["\ufeff1", 0],
    ['{"a" 1}', 5],
  ])("%j is refused at %d", (text, offset) => {
    expect(valueFromJson(text)).toMatchObject({ ok: false, offset });
  });

  it("accepts and refuses what JSON.parse does", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\][{}",:\\0-9eE+.\-truefalsn ]{0,12}$/), (text) => {
        expect(valueFromJson(text).ok).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses text that is nested without end, without overflowing", () => {
    expect(valueFromJson("[".repeat(1_000_000))).toMatchObject({
      ok: false,
      message: expect.stringContaining("200 levels"),
    });
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Numbers of the language have no negative zero. */
function withoutNegativeZero(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document, (_key, value: unknown) => (Object.is(value, -0) ? 0 : value)));
}
