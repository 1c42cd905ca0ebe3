import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareValues, valuesEqual } from "../../../src/buildfile/hcl/compare.ts";
import { convert, describeProblem } from "../../../src/buildfile/hcl/convert.ts";
import { fromDouble, fromInteger } from "../../../src/buildfile/hcl/number.ts";
import { formatNumber } from "../../../src/buildfile/hcl/number-text.ts";
import { friendlyTypeName, objectType, printType, tupleType, typeOf } from "../../../src/buildfile/hcl/type.ts";
import { typesEqual } from "../../../src/buildfile/hcl/type-equality.ts";
import { parseType } from "../../../src/buildfile/hcl/type-expression.ts";
import { unify } from "../../../src/buildfile/hcl/unify.ts";
import {
  anyType,
  boolType,
  boolValue,
  nullOf,
  nullValue,
  numberType,
  numberValue,
  objectValue,
  stringType,
  stringValue,
  type Type,
  tupleValue,
  type Value,
} from "../../../src/buildfile/hcl/value.ts";
import { valueToJson } from "../../../src/buildfile/hcl/value-json.ts";
import { evaluateText, expressionOf } from "./expressions.ts";

function typeNamed(text: string): Type {
  const parsed = parseType(expressionOf(text));
  if (!parsed.ok) throw new Error(`${text}: ${parsed.diagnostics.map(({ message }) => message)}`);
  return parsed.type;
}

function converted(text: string, type: string): string {
  const result = convert(evaluateText(text).value, typeNamed(type));
  if (result.kind === "problem") return describeProblem(result);
  const json = valueToJson(result);
  return json.ok ? json.text : json.message;
}

/** Values of any shape, as literals make them. */
const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.boolean().map(boolValue),
    fc.string().map(stringValue),
    fc.integer().map((n) => numberValue(fromInteger(n))),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => numberValue(fromDouble(n) ?? fromInteger(0))),
    fc.constantFrom(nullValue, nullOf(stringType)),
    fc.array(tie("value"), { maxLength: 4 }).map(tupleValue),
    fc
      .dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 })
      .map((o) => objectValue(Object.entries(o))),
  ),
}));

const { type: anyTypeOfValues } = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(stringType, numberType, boolType, anyType),
    fc
      .tuple(fc.constantFrom("list" as const, "set" as const, "map" as const), tie("type"))
      .map(([kind, element]): Type => ({ kind, element })),
    fc.array(tie("type"), { maxLength: 3 }).map(tupleType),
    fc
      .dictionary(fc.constantFrom("a", "b", "c"), tie("type"), { maxKeys: 3 })
      .map((o) => objectType(Object.entries(o), ["a"])),
  ),
}));

describe("conversion", () => {
  it.each([
    ["5", "string", '"5"'],
    ["1.50", "string", '"1.5"'],
    ["true", "string", '"true"'],
    ['"5"', "number", "5"],
    ['"-1.5e2"', "number", "-150"],
    ['" 5"', "number", 'expected number, found the string " 5"'],
    ['"x"', "number", 'expected number, found the string "x"'],
    ["true", "number", "expected number, found the bool true"],
    ['"true"', "bool", "true"],
    ['"0"', "bool", "false"],
    ['"TRUE"', "bool", 'expected bool, found the string "TRUE"'],
    ["1", "bool", "expected bool, found the number 1"],
    ['[1, true, "x"]', "list(string)", '["1","true","x"]'],
    ['["b", "a", "b"]', "set(string)", '["a","b"]'],
    ['["3", 1, 3, 2]', "set(number)", "[1,2,3]"],
    ["[true, false]", "set(bool)", "[false,true]"],
    ["[10, 9]", "set(string)", '["10","9"]'],
    ["{ a = 1, b = true }", "map(string)", '{"a":"1","b":"true"}'],
    ['{ a = 1, b = "2", c = "dropped" }', "object({ a = string, b = number })", '{"a":"1","b":2}'],
    [
      "{ a = 1 }",
      "object({ a = string, b = number })",
      'expected an object with the attribute "b", found one without it',
    ],
    ['{ a = "x" }', "object({ a = string, b = optional(number) })", '{"a":"x","b":null}'],
    ['[[1, "2"], []]', "list(list(number))", "[[1,2],[]]"],
    ['[1, "x"]', "list(any)", '["1","x"]'],
    ["[1, true]", "list(any)", "expected a list with elements of one type, found a mixture"],
    ['[[1], ["a"]]', "list(any)", '[["1"],["a"]]'],
    ['[[1], ["a", 2]]', "list(any)", '[["1"],["a","2"]]'],
    ["[1, null]", "list(any)", "[1,null]"],
    ["[[1], null]", "list(any)", "[[1],null]"],
    ["[]", "list(any)", "[]"],
    ['{ a = 1, b = "x" }', "map(any)", '{"a":"1","b":"x"}'],
    ["{ a = 1, b = [1] }", "map(any)", "expected a map with elements of one type, found a mixture"],
    ['["a", "1", "true"]', "tuple([string, number, bool])", '["a",1,true]'],
    ['["a"]', "tuple([string, number])", "expected a tuple of 2 elements, found 1"],
    ["null", "number", "null"],
    ["null", "list(string)", "null"],
    ['{ a = [1], b = "x" }', "any", '{"a":[1],"b":"x"}'],
    ['"a,b"', "list(string)", 'expected list of string, found the string "a,b"'],
    ["[1]", "string", "expected string, found a list"],
    ["{}", "list(string)", "expected list of string, found an object"],
    [
      '[{ port = 1 }, { port = "http" }]',
      "list(object({ port = number }))",
      'expected number, found the string "http" at [1].port',
    ],
    ['{ "x y" = [true] }', "map(list(number))", 'expected number, found the bool true at ["x y"][0]'],
  ])("%s to %s is %s", (text, type, result) => {
    expect(converted(text, type)).toBe(result);
  });

  it("a list from a set is sorted, a set from a list has each element once", () => {
    const set = convert(evaluateText("[3, 1, 3]").value, typeNamed("set(number)"));
    if (set.kind === "problem") throw new Error(describeProblem(set));
    const list = convert(set, typeNamed("list(string)"));
    expect(list).toMatchObject({ kind: "list", items: [{ value: "1" }, { value: "3" }] });
    expect(convert(set, typeNamed("list(any)"))).toMatchObject({ kind: "list", element: numberType });
  });
});

describe("laws of conversion", () => {
  it("converting twice changes nothing more", () => {
    fc.assert(
      fc.property(anyValue, anyTypeOfValues, (value, type) => {
        const once = convert(value, type);
        fc.pre(once.kind !== "problem");
        const twice = convert(once, type);
        expect(twice).toEqual(once);
      }),
    );
  });

  it("a value converts to its own type and stays equal", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const same = convert(value, typeOf(value));
        if (same.kind === "problem") throw new Error(describeProblem(same));
        expect(valuesEqual(same, value)).toBe(true);
      }),
    );
  });

  it("a converted value has the wanted type, where that has no any in it", () => {
    fc.assert(
      fc.property(anyValue, anyTypeOfValues, (value, type) => {
        fc.pre(!printType(type).includes("any"));
        const result = convert(value, type);
        fc.pre(result.kind !== "problem");
        expect(typesEqual(typeOf(result), type)).toBe(true);
      }),
    );
  });
});

describe("unification", () => {
  it.each([
    [["string", "string"], "string"],
    [["string", "number"], "string"],
    [["bool", "string"], "string"],
    [["number", "bool"], undefined],
    [["list(number)", "list(string)"], "list(string)"],
    [["map(bool)", "map(string)"], "map(string)"],
    [["list(number)", "list(bool)"], undefined],
    [["list(string)", "tuple([number, number])"], "list(string)"],
    [["list(number)", "tuple([])"], "list(number)"],
    [["set(string)", "tuple([number])"], "set(string)"],
    [["set(string)", "list(number)"], "list(string)"],
    [["tuple([number, string])", "tuple([string, string])"], "tuple([string, string])"],
    [["tuple([number])", "tuple([bool])"], undefined],
    [["tuple([number, number])", "tuple([string])"], "list(string)"],
    [["tuple([])", "tuple([string])"], "list(string)"],
    [["tuple([])", "tuple([])"], "tuple([])"],
    [["object({ a = number })", "object({ a = string })"], "object({ a = string })"],
    [["object({ a = number })", "object({ a = bool })"], undefined],
    [["object({ a = number })", "object({ b = string })"], "map(string)"],
    [["object({})", "object({ a = number })"], "map(number)"],
    [["map(string)", "object({ a = number })"], "map(string)"],
    [["object({ a = number })", "tuple([number])"], undefined],
    [["list(string)", "string"], undefined],
    [["list(string)", "map(string)"], undefined],
    [["number", "any"], "number"],
    [["list(string)", "any"], "any"],
    [["number", "string", "bool"], "string"],
    [["tuple([tuple([number])])", "tuple([tuple([string])])"], "tuple([tuple([string])])"],
  ])("%j gives %s", (types, result) => {
    const unified = unify(types.map(typeNamed));
    expect(unified && printType(unified)).toBe(result);
  });

  it("does not depend on the order", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        const [there, back] = [unify([typeOf(a), typeOf(b)]), unify([typeOf(b), typeOf(a)])];
        expect(there === undefined).toBe(back === undefined);
        if (there && back) expect(typesEqual(there, back)).toBe(true);
      }),
    );
  });

  it("gives a type that both values convert to", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        const type = unify([typeOf(a), typeOf(b)]);
        fc.pre(type !== undefined);
        for (const value of [a, b]) {
          const result = convert(value, type);
          if (result.kind === "problem") throw new Error(describeProblem(result));
        }
      }),
    );
  });

  it("of a type with itself is the type", () => {
    fc.assert(
      fc.property(anyTypeOfValues, (type) => {
        const same = unify([type, type]);
        expect(same && typesEqual(same, type)).toBe(true);
      }),
    );
  });
});

describe("order and equality", () => {
  it("values are equal exactly when the order says so, for values of one type", () => {
    const strings = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uffff", "\u{1f600}") }).map(stringValue);
    const numbers = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }).map((n) => {
      const number = fromDouble(Number(n));
      return numberValue(number ?? fromInteger(0));
    });
    for (const values of [
      strings,
      numbers,
      fc.boolean().map(boolValue),
      fc.array(strings, { maxLength: 3 }).map(tupleValue),
    ]) {
      fc.assert(
        fc.property(values, values, (a, b) => {
          const order = compareValues(a, b);
          const equal = typesEqual(typeOf(a), typeOf(b)) && order === 0;
          return Math.sign(order) === -Math.sign(compareValues(b, a)) && valuesEqual(a, b) === equal;
        }),
      );
    }
  });

  it("strings sort by code point, not by UTF-16", () => {
    expect(converted('["\\U0001F600", "\\uFFFD", "a"]', "set(string)")).toBe('["a","\ufffd","\u{1f600}"]');
  });

  it("precision does not count in comparisons", () => {
    const half = fromDouble(0.5);
    const text = evaluateText("0.5").value;
    if (half === undefined) throw new Error("0.5 is a number");
    expect(valuesEqual(numberValue(half), text)).toBe(true);
    expect(formatNumber(half)).toBe("0.5");
  });
});

describe("names of types", () => {
  it.each([
    ["string", "string"],
    ["any", "any type"],
    ["list(string)", "list of string"],
    ["map(number)", "map of number"],
    ["set(list(bool))", "set of list of bool"],
    ["list(any)", "list of any single type"],
    ["object({ a = string })", "object"],
    ["tuple([string])", "tuple"],
  ])("%s is called %s", (type, name) => {
    expect(friendlyTypeName(typeNamed(type))).toBe(name);
  });
});
