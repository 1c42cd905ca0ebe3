/** Expressions to values (spec bake-language, sections 5 to 9). */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import type { Exhaustion } from "./budget.ts";
import { evaluateCall } from "./evaluation/call.ts";
import { evaluateConditional } from "./evaluation/conditional.ts";
import { evaluateObject, evaluateTuple } from "./evaluation/constructors.ts";
import { type Evaluation, fail } from "./evaluation/evaluation.ts";
import { evaluateFor } from "./evaluation/loop.ts";
import { evaluateBinary, evaluateUnary } from "./evaluation/operators.ts";
import { evaluationProblem } from "./evaluation/problems.ts";
import { evaluateTemplate } from "./evaluation/template.ts";
import { evaluateTraversal } from "./evaluation/traversal.ts";
import { parseNumber } from "./number-text.ts";
import type { Scope } from "./scope.ts";
import type { Expression, NumberLiteral } from "./syntax.ts";
import { boolValue, nullValue, numberValue, unknownValue, type Value } from "./value.ts";

/**
 * The value of an expression. What is wrong is added to `report`, every problem once and with its place, and the result is then
 * the unknown value; a value that needs an unknown one is unknown without further report. Nothing in a file makes this throw:
 * work and size are bounded by the budget of the scope.
 */
export function evaluate(expression: Expression, scope: Scope, report: DiagnosticList): Value {
  const evaluation: Evaluation = { scope, report, locals: undefined, item: undefined, evaluate: evaluateNode };
  const { budget } = scope;
  budget.begin();
  try {
    const value = evaluateNode(expression, evaluation);
    return budget.exhausted ? unknownValue : value;
  } finally {
    const exhaustion = budget.end();
    if (exhaustion !== undefined) report.add(exhaustionProblem(exhaustion));
  }
}

function evaluateNode(node: Expression, evaluation: Evaluation): Value {
  if (!evaluation.scope.budget.spend(1, node.span)) return unknownValue;
  switch (node.kind) {
    case "template":
      return evaluateTemplate(node, evaluation);
    case "name":
    case "attribute":
    case "index":
    case "splat":
      return evaluateTraversal(node, evaluation);
    case "number":
      return evaluateNumber(node, evaluation);
    case "call":
      return evaluateCall(node, evaluation);
    case "tuple":
      return evaluateTuple(node, evaluation);
    case "object":
      return evaluateObject(node, evaluation);
    case "boolean":
      return boolValue(node.value);
    case "null":
      return nullValue;
    case "unary":
      return evaluateUnary(node, evaluation);
    case "binary":
      return evaluateBinary(node, evaluation);
    case "conditional":
      return evaluateConditional(node, evaluation);
    case "for":
      return evaluateFor(node, evaluation);
    case "splat-item":
      return evaluation.item ?? unknownValue;
    case "parenthesized":
      return evaluation.evaluate(node.expression, evaluation);
  }
}

function evaluateNumber(node: NumberLiteral, evaluation: Evaluation): Value {
  if (!evaluation.scope.budget.spend(node.text.length >> 2, node.span)) return unknownValue;
  const number = parseNumber(node.text);
  if (number !== undefined && number.kind !== "infinite") return numberValue(number);
  return fail(evaluation, "eval/number-too-large", { message: "the number is too large", span: node.span });
}

function exhaustionProblem({ resource, limit, span }: Exhaustion): ReturnType<typeof evaluationProblem> {
  const limited = limit.toLocaleString("en-US");
  const message =
    resource === "steps"
      ? `the files need more than ${limited} steps to evaluate; the limit was reached here`
      : `the files produce more than ${limited} characters of text; the limit was reached here`;
  const hint = "look for loops in loops, and for values that double what they are made of";
  return evaluationProblem("eval/too-much-work", { message, span, hint });
}
