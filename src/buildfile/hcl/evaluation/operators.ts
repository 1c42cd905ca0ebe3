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
import { type Evaluation, fail, payWalk, reportingTo, requireType } from "./evaluation.ts";

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
  const droppable = chain.some(isLogical);
  let report = droppable ? new DiagnosticList() : evaluation.report;
  let value = evaluation.evaluate(innermost, reportingTo(report, evaluation));
  for (const node of chain.reverse()) {
    if (!evaluation.scope.budget.spend(1, node.span)) break;
    if (isLogical(node)) {
      const result = evaluateLogical(node, { value, report }, evaluation);
      value = result.value;
      report = result.report;
    } else {
      const within = reportingTo(report, evaluation);
      const right = evaluation.evaluate(node.right, within);
      value = applyOperator(node, value, right, within);
    }
  }
  if (droppable) evaluation.report.addAll(report.items);
  return value;
}

function isLogical({ operator }: Binary): boolean {
  return operator === "&&" || operator === "||";
}

interface Side {
  readonly value: Value;
  readonly report: DiagnosticList;
}

/** When one side alone decides, what went wrong on the other does not matter, whichever side it is. */
function evaluateLogical(node: Binary, left: Side, evaluation: Evaluation): Side {
  const right = new DiagnosticList();
  const rightValue = evaluation.evaluate(node.right, reportingTo(right, evaluation));
  const report = new DiagnosticList();
  const within = reportingTo(report, evaluation);
  const sides = [
    { value: left.value, source: node.left, role: `the left operand of ${node.operator}`, report: left.report },
    { value: rightValue, source: node.right, role: `the right operand of ${node.operator}`, report: right },
  ].map((side) => ({ ...side, truth: side.value.kind === "null" ? side.value : toBool(side, within) }));
  const deciding = node.operator === "||";
  const decider = sides.find(({ truth }) => truth.kind === "bool" && truth.value === deciding);
  if (decider && !report.hasErrors) return { value: boolValue(deciding), report: decider.report };
  const all = new DiagnosticList();
  for (const side of sides) all.addAll(side.report.items);
  for (const side of sides) if (side.truth.kind === "null") toBool(side, within);
  all.addAll(report.items);
  const known = sides.every(({ truth }) => truth.kind === "bool");
  return { value: known ? boolValue(!deciding) : unknownValue, report: all };
}

interface Operand {
  readonly value: Value;
  readonly source: Expression;
  readonly role: string;
}

function toBool({ value, source, role }: Operand, evaluation: Evaluation): Value {
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

/** Steps for an operation on numbers that are no small integers, with the printing of its result. */
const longArithmetic = 128;

function calculated(node: Binary, a: DecimalNumber, b: DecimalNumber, evaluation: Evaluation): Value {
  const result = arithmetic[node.operator]?.(a, b);
  const slow = a.kind === "float" || b.kind === "float" || result?.kind === "float";
  if (slow && !evaluation.scope.budget.spend(longArithmetic, node.span)) return unknownValue;
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
