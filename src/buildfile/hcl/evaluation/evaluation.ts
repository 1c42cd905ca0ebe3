/** What evaluating one expression carries along, and what all kinds of expressions need. */
import { DiagnosticList, type RelatedPlace } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { convert } from "../convert.ts";
import type { Scope } from "../scope.ts";
import type { Expression } from "../syntax.ts";
import { describeValue, friendlyTypeName } from "../type.ts";
import { type Type, unknownValue, type Value } from "../value.ts";
import { isTooLarge, largestWeight, weigh } from "../weight.ts";
import { type EvaluationCode, type EvaluationDetails, evaluationProblem } from "./problems.ts";

export interface Evaluation {
  readonly scope: Scope;
  readonly report: DiagnosticList;
  /** Names bound by loops, innermost first. */
  readonly locals: Local | undefined;
  /** The element the innermost splat is at. */
  readonly item: Value | undefined;
  /** Evaluates any expression; here so that no kind of expression needs to know all others. */
  readonly evaluate: (expression: Expression, evaluation: Evaluation) => Value;
}

export interface Local {
  readonly name: string;
  readonly value: Value;
  readonly outer: Local | undefined;
}

export function findLocal(evaluation: Evaluation, name: string): Value | undefined {
  for (let local = evaluation.locals; local; local = local.outer) if (local.name === name) return local.value;
  return undefined;
}

/**
 * Reports, and gives the unknown value that stands for what could not be evaluated. Once the budget is used up nothing is
 * reported, because what fails then fails for that reason.
 */
export function fail(evaluation: Evaluation, code: EvaluationCode, details: EvaluationDetails): Value {
  if (!evaluation.scope.budget.exhausted) evaluation.report.add(evaluationProblem(code, details));
  return unknownValue;
}

/** An evaluation that reports to a list of its own, for results that may not count. */
export function aside(evaluation: Evaluation): Evaluation {
  return reportingTo(new DiagnosticList(), evaluation);
}

// These run once an element or operator. Written out, because a spread copies several times slower.

export function reportingTo(report: DiagnosticList, { scope, locals, item, evaluate }: Evaluation): Evaluation {
  return { scope, report, locals, item, evaluate };
}

export function withLocals(locals: Local | undefined, { scope, report, item, evaluate }: Evaluation): Evaluation {
  return { scope, report, locals, item, evaluate };
}

export function withItem(item: Value, { scope, report, locals, evaluate }: Evaluation): Evaluation {
  return { scope, report, locals, item, evaluate };
}

export interface Wanted {
  readonly type: Type;
  /** The part the value plays, as the subject of a sentence: `the condition`, `the left operand of +`. */
  readonly role: string;
  /** Where the value comes from. */
  readonly source: Expression;
}

/** The value as the wanted type. Null is refused; the unknown value stays unknown. */
export function requireType(value: Value, wanted: Wanted, evaluation: Evaluation): Value {
  if (value.kind === "unknown") return value;
  if ((value.kind === "number" || value.kind === "bool") && value.kind === wanted.type.kind) return value;
  const { span } = wanted.source;
  const related = originOf(wanted.source, evaluation);
  if (value.kind === "null") {
    const hint = "give it a value, or use coalesce(…) for a fallback";
    return fail(evaluation, "eval/null-value", { message: `${wanted.role} is null`, span, related, hint });
  }
  const converted = convert(value, wanted.type);
  if (converted.kind !== "problem") return converted;
  const message = `${wanted.role} must be a ${friendlyTypeName(wanted.type)}, not ${describeValue(value)}`;
  const hint =
    wanted.type.kind === "bool" && value.kind === "string" ? 'use true or false (or "1" and "0")' : undefined;
  return fail(evaluation, "eval/type-mismatch", { message, span, related, hint });
}

/** Where the name an expression is about got its value. */
export function originOf(expression: Expression, evaluation: Evaluation): readonly RelatedPlace[] {
  let root = expression;
  for (;;) {
    if (root.kind === "attribute" || root.kind === "index" || root.kind === "splat") root = root.object;
    else if (root.kind === "parenthesized") root = root.expression;
    else break;
  }
  if (root.kind !== "name" || findLocal(evaluation, root.name) !== undefined) return [];
  const span = evaluation.scope.declaration?.(root.name);
  return span === undefined ? [] : [{ message: `${root.name} is set here`, span }];
}

/** A collection just made, or the unknown value where it must not be used: too large, or the budget is used up. */
export function admit(value: Value, span: Span, evaluation: Evaluation): Value {
  const weight = weigh(value);
  if (isTooLarge(weight)) {
    const deep = weight.depth > largestWeight.depth;
    const message = deep
      ? `the value is nested more than ${largestWeight.depth} levels deep`
      : "the value is too large to work with";
    return fail(evaluation, "eval/value-too-large", { message, span, hint: "a build file needs no such value" });
  }
  return evaluation.scope.budget.exhausted ? unknownValue : value;
}

/** Counts the work of going through all of a value; false when there is no budget for it. */
export function payWalk(value: Value, span: Span, evaluation: Evaluation): boolean {
  const { budget } = evaluation.scope;
  if (value.kind === "string") return budget.spend(value.value.length >> 3, span);
  if (!("items" in value || "entries" in value)) return true;
  // Far cheaper than evaluating as many expressions, and most functions look at a part only.
  const { nodes, characters } = weigh(value);
  return budget.spend((nodes >> 3) + (characters >> 7), span);
}
