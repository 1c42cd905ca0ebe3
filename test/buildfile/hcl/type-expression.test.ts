import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectType, printType, tupleType } from "../../../src/buildfile/hcl/type.ts";
import { parseType } from "../../../src/buildfile/hcl/type-expression.ts";
import { anyType, boolType, numberType, stringType, type Type } from "../../../src/buildfile/hcl/value.ts";
import { blamed, expressionOf } from "./expressions.ts";

describe("type expressions", () => {
  it.each([
    "string",
    "number",
    "bool",
    "any",
    "list(string)",
    "set(number)",
    "map(list(bool))",
    "tuple([string, number])",
    "tuple([])",
    "object({})",
    "object({ a = string, b = optional(number) })",
    'object({ img = object({ name = string, "x y" = any }) })',
  ])("%s is a type, and prints as it is written", (text) => {
    const parsed = parseType(expressionOf(text));
    expect(parsed.ok && printType(parsed.type)).toBe(text);
  });

  it.each([
    ["text", "text", '"text" is not a type', "write string"],
    ["strin", "strin", '"strin" is not a type', 'did you mean "string"?'],
    ["boolean", "boolean", '"boolean" is not a type', "write bool"],
    ['"string"', '"string"', "a type is written without quotes", "write string, without the quotes"],
    ["list", "list", "list needs one element type", "write list(string)"],
    ["tuple", "tuple", "tuple needs a list of types", "write tuple([string, number])"],
    ["list()", "list()", "list needs one element type", "write list(string)"],
    ["list(string, number)", "number", "list takes one element type and nothing else", "write list(string)"],
    ["string(5)", "string(5)", "string takes no arguments", "write string"],
    ["lst(string)", "lst", '"lst" is not a type', 'did you mean "list"?'],
    ["map(foo)", "foo", '"foo" is not a type', "types are string, number, bool, any, list, set, map, tuple, object"],
    ["tuple(string)", "string", "tuple needs a list of types", "write tuple([string, number])"],
    ["object(string)", "string", "object needs its attributes in braces", undefined],
    ["optional(string)", "optional", "optional(…) stands for an attribute of an object only", undefined],
    ["list(optional(string))", "optional", "optional(…) stands for an attribute of an object only", undefined],
    ["object({ a = optional() })", "optional()", "optional takes one type", "write optional(string)"],
    ["object({ a = optional(string, 1) })", "1", "optional takes one type", "write optional(string)"],
    ["object({ a = string, a = number })", "a", 'the attribute "a" is declared twice', "remove one"],
    ["object({ (a) = string })", "(a)", "an attribute name was expected here", undefined],
    ["5", "5", "a type was expected here", undefined],
    ["[string]", "[string]", "a type was expected here", undefined],
  ])("%s is wrong at %s: %s", (text, place, message, hint) => {
    const parsed = parseType(expressionOf(text));
    if (parsed.ok) throw new Error("accepted");
    expect(parsed.diagnostics.map((one) => [blamed(one), one.message])).toEqual([[place, message]]);
    if (hint !== undefined) expect(parsed.diagnostics[0]?.hint).toBe(hint);
  });

  it("reports everything that is wrong in one type", () => {
    const parsed = parseType(expressionOf("object({ a = text, b = list, c = tuple([foo, bar]) })"));
    expect(!parsed.ok && parsed.diagnostics.map(blamed)).toEqual(["text", "list", "foo", "bar"]);
  });

  it("every type survives printing and parsing", () => {
    const { type } = fc.letrec<{ type: Type }>((tie) => ({
      type: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(stringType, numberType, boolType, anyType),
        fc
          .tuple(fc.constantFrom("list" as const, "set" as const, "map" as const), tie("type"))
          .map(([kind, element]): Type => ({ kind, element })),
        fc.array(tie("type"), { maxLength: 3 }).map(tupleType),
        fc
          .dictionary(fc.constantFrom("a", "b-c", "d e", "7", "ü"), tie("type"), { maxKeys: 4 })
          .map((attributes) => objectType(Object.entries(attributes), Object.keys(attributes).slice(1))),
      ),
    }));
    fc.assert(
      fc.property(type, (one) => {
        expect(parseType(expressionOf(printType(one)))).toEqual({ ok: true, type: one });
      }),
    );
  });
});
