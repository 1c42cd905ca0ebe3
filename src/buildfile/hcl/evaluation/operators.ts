/** Unary and binary operators (spec section 6). */
import { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { valuesEqual } from "../compare.ts";
import {
  addNumbers,
  compareNumbers,
  type DecimalNumber,
  divideNumbers,
  multiplyNumbers,
  negateNumber,
  remainderOf,
  subtractNumbers,
} from "../number.ts";
import type { Binary, BinaryOperator, Expression, Unary } from "../syntax.ts";
import { boolType, boolValue, numberType, numberValue, unknownValue, type Value } from "../value.ts";
import { type Evaluation, fail, payWalk, requireType } from "./evaluation.ts";

export function evaluateUnary(node: Unary, evaluation: Evaluation): Value {
  const operand = evaluation.evaluate(node.operand, evaluation);
  const role = `the operand of ${node.operator}`;
  const type = node.operator === "!" ? boolType : numberType;
  const value = requireType(operand, { type, role, source: node.operand }, evaluation);
  if (value.kind === "bool") return boolValue(!value.value);
  return value.kind === "number" ? numberValue(negateNumber(value.value)) : unknownValue;
}

/** A chain of operators leans to the left and may be very long, so it is evaluated in a loop from its innermost operator. */
export function evaluateBinary(outermost: Binary, evaluation: Evaluation): Value {
  const chain: Binary[] = [];
  let innermost: Expression = outermost;
  while (innermost.kind === "binary") {
    chain.push(innermost);
    innermost = innermost.left;
  }
  let report = new DiagnosticList();
  let value = evaluation.evaluate(innermost, { ...evaluation, report });
  for (const node of chain.reverse()) {
    if (!evaluation.scope.budget.spend(1, node.span)) break;
    if (node.operator === "&&" || node.operator === "||") {
      const result = evaluateLogical(node, { value, report }, evaluation);
      value = result.value;
      report = result.report;
    } else {
      const within = { ...evaluation, report };
      const right = evaluation.evaluate(node.right, within);
      value = applyOperator(node, value, right, within);
    }
  }
  evaluation.report.addAll(report.items);
  return value;
}

interface Side {
  readonly value: Value;
  readonly report: DiagnosticList;
}

/** When one side alone decides, what went wrong on the other does not matter, whichever side it is. */
function evaluateLogical(node: Binary, left: Side, evaluation: Evaluation): Side {
  const deciding = node.operator === "||";
  const right: Side = { value: unknownValue, report: new DiagnosticList() };
  const rightValue = evaluation.evaluate(node.right, { ...evaluation, report: right.report });
  const report = new DiagnosticList();
  const within = { ...evaluation, report };
  const [a, b] = [
    logicalOperand(left.value, node.left, `the left operand of ${node.operator}`, within),
    logicalOperand(rightValue, node.right, `the right operand of ${node.operator}`, within),
  ];
  const sides = [
    { value: a, diagnostics: left.report.items },
    { value: b, diagnostics: right.report.items },
  ];
  const decider = report.hasErrors
    ? undefined
    : sides.find(({ value }) => value.kind === "bool" && value.value === deciding);
  if (decider) {
    report.addAll(decider.diagnostics);
    return { value: boolValue(deciding), report };
  }
  const all = new DiagnosticList();
  for (const { diagnostics } of sides) all.addAll(diagnostics);
  all.addAll(report.items);
  const known = a.kind === "bool" && b.kind === "bool";
  return { value: known ? boolValue(!deciding) : unknownValue, report: all };
}

function logicalOperand(value: Value, source: Expression, role: string, evaluation: Evaluation): Value {
  return requireType(value, { type: boolType, role, source }, evaluation);
}

function applyOperator(node: Binary, left: Value, right: Value, evaluation: Evaluation): Value {
  if (node.operator === "==" || node.operator === "!=") {
    if (left.kind === "unknown" || right.kind === "unknown") return unknownValue;
    const smaller = "items" in right || "entries" in right ? left : right;
    if (!payWalk(smaller, node.span, evaluation)) return unknownValue;
    return boolValue(valuesEqual(left, right) === (node.operator === "=="));
  }
  const { operator } = node;
  const a = requireType(
    left,
    { type: numberType, role: `the left operand of ${operator}`, source: node.left },
    evaluation,
  );
  const b = requireType(
    right,
    { type: numberType, role: `the right operand of ${operator}`, source: node.right },
    evaluation,
  );
  if (a.kind !== "number" || b.kind !== "number") return unknownValue;
  const ordered = compared(operator, a.value, b.value);
  if (ordered !== undefined) return boolValue(ordered);
  return calculated(node, a.value, b.value, evaluation);
}

function compared(operator: BinaryOperator, a: DecimalNumber, b: DecimalNumber): boolean | undefined {
  switch (operator) {
    case "<":
      return compareNumbers(a, b) < 0;
    case "<=":
      return compareNumbers(a, b) <= 0;
    case ">":
      return compareNumbers(a, b) > 0;
    case ">=":
      return compareNumbers(a, b) >= 0;
    default:
      return undefined;
  }
}

const arithmetic: Readonly<Record<string, (a: DecimalNumber, b: DecimalNumber) => DecimalNumber | undefined>> = {
  "+": addNumbers,
  "-": subtractNumbers,
  "*": multiplyNumbers,
  "/": divideNumbers,
  "%": remainderOf,
};

function calculated(node: Binary, a: DecimalNumber, b: DecimalNumber, evaluation: Evaluation): Value {
  const result = arithmetic[node.operator]?.(a, b);
  if (result !== undefined) return numberValue(result);
  const span: Span = node.operatorSpan;
  return fail(evaluation, "eval/undefined-result", { message: undefinedResult(node.operator), span });
}

function undefinedResult(operator: BinaryOperator): string {
  switch (operator) {
    case "/":
      return "zero by zero, or infinity by infinity, has no quotient";
    case "+":
    case "-":
      return "an infinity less itself has no value";
    default:
      return "zero and infinity have no such result";
  }
}
