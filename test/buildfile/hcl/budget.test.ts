import { describe, expect, it } from "vitest";
import { DiagnosticList } from "../../../src/base/diagnostic.ts";
import { defaultBudget, EvaluationBudget } from "../../../src/buildfile/hcl/budget.ts";
import { evaluate } from "../../../src/buildfile/hcl/evaluate.ts";
import type { LanguageFunction } from "../../../src/buildfile/hcl/function.ts";
import type { Scope } from "../../../src/buildfile/hcl/scope.ts";
import { numberType, unknownValue, type Value } from "../../../src/buildfile/hcl/value.ts";
import { evaluateText, expressionOf, scopeOf } from "./expressions.ts";

/** A tenth of what a run has, so that the tests are done in a tenth of the time. */
const tenth = { steps: defaultBudget.steps / 10, characters: defaultBudget.characters / 10 };

/** Evaluates variables in order, each seeing those before, with one budget, as a file would. */
function evaluateFile(definitions: readonly string[]): { readonly codes: readonly string[]; readonly last: Value } {
  const values = new Map<string, Value>();
  const base = scopeOf({ budget: new EvaluationBudget(tenth) });
  const scope: Scope = { ...base, variable: (name) => values.get(name) };
  const report = new DiagnosticList();
  let last = unknownValue;
  for (const [at, text] of definitions.entries()) {
    last = evaluate(expressionOf(text), scope, report);
    values.set(`v${at}`, last);
  }
  return { codes: report.items.map(({ code }) => code), last };
}

describe("hostile files", () => {
  it.each([
    ["loops in loops", ["[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]"]],
    ["loops in directives", ['"%{ for a in range(10000) }%{ for b in range(10000) }x%{ endfor }%{ endfor }"']],
    ["texts that double", ['"x"', ...Array.from({ length: 60 }, (_, i) => `"\${v${i}}\${v${i}}"`)]],
    ["texts that double in calls", ['"x"', ...Array.from({ length: 60 }, (_, i) => `join(v${i}, [v${i}, v${i}])`)]],
    ["comparing large lists again and again", ["range(100000)", "[for a in range(10000) : v0 == v0]"]],
    ["huge numbers as text", ["1e39000", '[for a in range(100000) : "x${v0 + a * v0}"]']],
    ["divisions that do not come out even", ['[for a in range(1000) : [for b in range(1000) : "x${a / (b + 7)}"]]']],
    ["splats of splats", ["[for a in range(4000) : range(4000)]", "v0[*][*]"]],
  ])("%s are refused once, with a place", (_name, definitions) => {
    const { codes, last } = evaluateFile(definitions);
    expect(["eval/too-much-work", "eval/value-too-large"]).toContain(codes[0]);
    expect(codes).toHaveLength(1);
    expect(last).toBe(unknownValue);
  });

  it("lists that double are refused when they get too large", () => {
    const definitions = ["[1, 2]", ...Array.from({ length: 60 }, (_, i) => `[v${i}, v${i}]`)];
    expect(evaluateFile(definitions)).toEqual({ codes: ["eval/value-too-large"], last: unknownValue });
  });

  it("lists in lists in lists are refused when they get too deep", () => {
    const definitions = ["[1]", ...Array.from({ length: 3000 }, (_, i) => `[v${i}]`)];
    expect(evaluateFile(definitions)).toEqual({ codes: ["eval/value-too-large"], last: unknownValue });
  });

  it("nobody can catch the refusal and go on", () => {
    for (const text of [
      "try([for a in range(10000) : [for b in range(10000) : b]], 1)",
      "can([for a in range(10000) : [for b in range(10000) : b]])",
      "true ? 1 : [for a in range(10000) : [for b in range(10000) : b]]",
      "false && [for a in range(10000) : [for b in range(10000) : b]]",
    ]) {
      const budget = new EvaluationBudget({ steps: 50_000, characters: 1000 });
      const { value, diagnostics } = evaluateText(text, { budget });
      expect([value, diagnostics.map(({ code }) => code)]).toEqual([unknownValue, ["eval/too-much-work"]]);
    }
  });

  it("after the refusal nothing is evaluated any more, and nothing is reported twice", () => {
    const budget = new EvaluationBudget({ steps: 100, characters: 100 });
    expect(evaluateText("[for a in range(1000) : a]", { budget }).diagnostics).toHaveLength(1);
    expect(evaluateText("1 + missing", { budget })).toEqual({ value: unknownValue, diagnostics: [] });
  });

  it("calls cost what they are worth, and no call is free", () => {
    const slow: LanguageFunction = {
      kind: "value",
      description: "for tests",
      parameters: [{ name: "n", type: numberType }],
      call: ([n]) => n ?? unknownValue,
      steps: () => 1000,
    };
    const functions = new Map([
      ["slow", slow],
      ["quick", { ...slow, steps: () => 0 }],
    ]);
    const refused = (text: string, steps: number) =>
      evaluateText(text, { functions, budget: new EvaluationBudget({ steps, characters: 100 }) }).diagnostics.length >
      0;
    expect(refused("[slow(1), slow(2)]", 2500)).toBe(false);
    expect(refused("[slow(1), slow(2)]", 1500)).toBe(true);
    expect(refused("[quick(1), quick(2)]", 100)).toBe(false);
    expect(refused("[quick(1), quick(2)]", 40)).toBe(true);
  });

  it("large honest files fit", () => {
    const budget = new EvaluationBudget();
    const variables = { settings: `{ ${Array.from({ length: 1000 }, (_, i) => `k${i} = "v${i}"`).join(", ")} }` };
    const scope = scopeOf({ variables, budget });
    const report = new DiagnosticList();
    const expression = expressionOf(
      '["registry/${upper("name")}:${settings.k7}", isnull(settings), { for k, v in { a = 1 } : k => v }]',
    );
    for (let target = 0; target < 5000; target++) evaluate(expression, scope, report);
    expect(report.items).toEqual([]);
  });
});
