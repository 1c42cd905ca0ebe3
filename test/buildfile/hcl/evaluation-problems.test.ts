import { expect, it } from "vitest";
import { EvaluationBudget } from "../../../src/buildfile/hcl/budget.ts";
import { evaluationHelp } from "../../../src/buildfile/hcl/evaluation/problems.ts";
import { tupleValue, type Value } from "../../../src/buildfile/hcl/value.ts";
import { evaluateText } from "./expressions.ts";

const examples: Readonly<Record<keyof typeof evaluationHelp, string>> = {
  "eval/unknown-variable": "nobody",
  "eval/unknown-function": "frobnicate()",
  "eval/missing-attribute": "{ a = 1 }.b",
  "eval/no-attributes": '"text".length',
  "eval/not-indexable": "5[0]",
  "eval/invalid-index": '["a"]["x"]',
  "eval/index-out-of-range": '["a"][1]',
  "eval/null-value": "1 + null",
  "eval/type-mismatch": '1 + "one"',
  "eval/inconsistent-types": 'true ? [1] : "x"',
  "eval/undefined-result": "0 / 0",
  "eval/number-too-large": "1e99999",
  "eval/not-iterable": "[for x in 5 : x]",
  "eval/invalid-key": "{ ([1]) = 2 }",
  "eval/duplicate-key": "{ for x in [1, 1] : x => x }",
  "eval/argument-count": "upper()",
  "eval/invalid-argument": "upper([])",
  "eval/invalid-spread": "upper(5...)",
  "eval/function-failed": "refuse()",
  "eval/value-too-large": "[nested]",
  "eval/too-much-work": "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",
};

it.each(Object.entries(examples))("%s has an example that fails: %s", (code, text) => {
  const budget = new EvaluationBudget({ steps: code === "eval/too-much-work" ? 10 : 1000, characters: 1000 });
  const { value, diagnostics } = evaluateText(text, { budget, values: { nested: nestedTuple(400) } });
  expect(value.kind).toBe("unknown");
  expect(diagnostics.map((one) => one.code)).toEqual([code]);
  expect(diagnostics[0]?.span).toBeDefined();
});

function nestedTuple(levels: number): Value {
  let value = tupleValue([]);
  for (let level = 1; level < levels; level++) value = tupleValue([value]);
  return value;
}

it("every code has a line of help that is a sentence", () => {
  for (const help of Object.values(evaluationHelp)) expect(help).toMatch(/^[A-Z].*\.$/);
});
