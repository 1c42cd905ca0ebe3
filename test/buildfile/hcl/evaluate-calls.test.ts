import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticList } from "../../../src/base/diagnostic.ts";
import { EvaluationBudget } from "../../../src/buildfile/hcl/budget.ts";
import { evaluate } from "../../../src/buildfile/hcl/evaluate.ts";
import { parseExpression } from "../../../src/buildfile/hcl/parse.ts";
import { unknownValue } from "../../../src/buildfile/hcl/value.ts";
import { blamed, evaluateText, jsonOf, scopeOf } from "./expressions.ts";

const variables = {
  s: '"text"',
  l: '["a", "b", "c"]',
  o: '{ a = 1, "b-c" = 2 }',
  nothing: "null",
};

describe("calls", () => {
  it.each([
    ['upper("x")', '"X"'],
    ["upper(5)", '"5"'],
    ['sum(1, "2")', "3"],
    ["sum([1, 2, 3]...)", "6"],
    ["sum(1, toset([2, 2])...)", "3"],
    ["sum(1, []...)", "1"],
    ['join("-", [1, true])', '"1-true"'],
    ["isnull(null)", "true"],
    ["isnull(nothing)", "true"],
    ["tolist([1, null])", "[1,null]"],
    ["can(missing.x)", "false"],
    ["can(l[0])", "true"],
    ["try(o.x, nothing)", "null"],
    ["try(o.x, missing, 3)", "3"],
    ["try(refuse(), 4)", "4"],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it.each([
    ["frobnicate(1)", "frobnicate", "eval/unknown-function", "frobnicate"],
    ["Upper(s)", "Upper", "eval/unknown-function", "Upper"],
    ["upper()", ")", "eval/argument-count", "exactly 1 argument,"],
    ['upper("a", "b", "c")', '"b"', "eval/argument-count", "exactly 1 argument,"],
    ["sum()", ")", "eval/argument-count", "at least 1 argument,"],
    ["can(1, 2)", "2", "eval/argument-count", "exactly 1 argument,"],
    ["try()", ")", "eval/argument-count", "at least 1 argument,"],
    ["upper([1, 2]...)", "[1, 2]", "eval/argument-count", "not 2"],
    ['sum(1, "x")', '"x"', "eval/invalid-argument", '"more"'],
    ['join("", ["a", ["b"]])', '["a", ["b"]]', "eval/invalid-argument", "at [1]"],
    ["upper(null)", "null", "eval/invalid-argument", '"s"'],
    ["upper(nothing)", "nothing", "eval/invalid-argument", '"s"'],
    ["tolist([1, true])", "[1, true]", "eval/invalid-argument", "mixture"],
    ["sum(nothing...)", "nothing", "eval/invalid-spread", "null"],
    ['sum("123"...)', '"123"', "eval/invalid-spread", "123"],
    ["try(l...)", "l", "eval/invalid-spread", "try"],
    ["refuse(1)", "refuse(1)", "eval/function-failed", "it refuses"],
    ["refuse(1, 2 + 3)", "2 + 3", "eval/function-failed", 'the argument "values" of refuse: it refuses'],
    ["try(o.x, missing)", "try(o.x, missing)", "eval/function-failed", "nothing could be"],
    ["upper(missing)", "missing", "eval/unknown-variable", "missing"],
  ])("%s fails at %s with %s and says %s", (text, place, code, says) => {
    const { value, diagnostics } = evaluateText(text, { variables });
    expect(value).toBe(unknownValue);
    expect(diagnostics.map((one) => [blamed(one), one.code])).toEqual([[place, code]]);
    expect(diagnostics[0]?.message).toContain(says);
  });

  it("a fault in a function is not mistaken for a fault in the file", () => {
    const functions = new Map([
      ["bug", { kind: "value" as const, description: "", parameters: [], call: () => JSON.parse("oops") }],
    ]);
    expect(() => evaluateText("bug()", { functions })).toThrow(SyntaxError);
  });
});

describe("messages", () => {
  it.each([
    ["typo", { typo1: "1" }, 'did you mean "typo1"?'],
    ["n-2", { n: "1" }, "a dash belongs to the name; to subtract, write n - 2"],
    ["string", {}, "types are written in type = … and convert(value, type) only"],
    ["NOPE", {}, 'declare it with variable "NOPE" {}'],
    ["[for item in [1] : itme]", {}, 'did you mean "item"?'],
    ["uper(1)", {}, 'did you mean "upper"?'],
    ["o.colour", { o: "{ color = 1 }" }, 'did you mean "color"?'],
    ["o.x", { o: "{ first = 1, second = 2 }" }, "it has first and second"],
  ])("%s hints how to mend it", (text, known, hint) => {
    expect(evaluateText(text, { variables: known }).diagnostics.map((one) => one.hint)).toEqual([hint]);
  });

  it("a type error shows where the value was set", () => {
    const { diagnostics } = evaluateText("1 + conf.port", { variables: { conf: '{ port = "http" }' } });
    expect(diagnostics).toMatchObject([
      {
        message: 'the right operand of + must be a number, not the string "http"',
        related: [{ message: "conf is set here" }],
      },
    ]);
  });

  it("a value that could not be evaluated is not reported again where it is used", () => {
    const { value, diagnostics } = evaluateText('[broken.x[0], "${broken}!", upper(broken), -broken, broken ? 1 : 2]', {
      values: { broken: unknownValue },
    });
    expect(value).toBe(unknownValue);
    expect(diagnostics).toEqual([]);
  });
});

describe("robustness", () => {
  const tokens = [
    ..."1 0 -1 1e39000 0.1 true false null s l o nothing missing x target a 0".split(" "),
    ..."+ - * / % == != < >= && || ! ? : ( ) [ ] { } , . ... [*] .* = => for in if".split(" "),
    ...'upper( sum( join( range( try( can( refuse( "${ "%{if }" }" %{endif} "text" "1"'.split(" "),
  ];

  it("whatever parses evaluates without throwing, to a value or to a reported unknown one", () => {
    const budget = { steps: 20_000, characters: 20_000 };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 14 }), (words) => {
        const text = words.join(" ");
        const parsed = parseExpression({ name: "fuzz.hcl", text }, { start: 0, end: text.length });
        const report = new DiagnosticList();
        // What the parser recovered from an error must not throw either.
        const value = evaluate(parsed.value, scopeOf({ variables, budget: new EvaluationBudget(budget) }), report);
        if (parsed.diagnostics.length === 0) expect(value.kind === "unknown").toBe(report.hasErrors);
      }),
      { numRuns: 3000 },
    );
  });
});
