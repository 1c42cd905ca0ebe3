/** Validation blocks of variables (spec section 13.6). */
import type { Span } from "../../../base/span.ts";
import { convert } from "../../hcl/convert.ts";
import { describeValue } from "../../hcl/type.ts";
import { boolType } from "../../hcl/value.ts";
import { textOf } from "../attributes/attribute-reader.ts";
import type { ValidationDeclaration } from "../declarations.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { Place } from "../evaluation/names.ts";
import { problem } from "../problems.ts";
import { describeOrigin } from "./overrides.ts";
import type { VariableTask } from "./variable.ts";

const validationPlace: Place = { bound: new Map(), noReferences: "variables are checked before targets are evaluated" };

/** Checks a variable's final value by each of its rules; every rule that fails is reported. */
export function validateVariable(variable: VariableTask, evaluator: Evaluator): void {
  if (variable.value.kind === "unknown") return;
  for (const rule of variable.declaration.validations) checkRule(variable, rule, evaluator);
}

function checkRule(variable: VariableTask, rule: ValidationDeclaration, evaluator: Evaluator): void {
  if (!rule.condition) {
    badCondition(variable, evaluator, rule.span, "has no condition");
    return;
  }
  const value = evaluator.evaluateNow(rule.condition, validationPlace);
  const condition = convert(value, boolType);
  if (condition.kind === "unknown") return;
  if (condition.kind !== "bool") {
    const found = value.kind === "null" ? "is null" : `must be true or false, but it is ${describeValue(value)}`;
    badCondition(variable, evaluator, rule.condition.span, `has a condition that ${found}`);
  } else if (!condition.value) {
    evaluator.report.add(
      problem("buildfile/validation-failed", {
        message: messageOf(variable, rule, evaluator),
        span: rule.condition.span,
        related: [
          {
            message: `the value of ${variable.title} comes from ${describeOrigin(variable.origin)}`,
            span: variable.declaration.label.span,
          },
        ],
      }),
    );
  }
}

/** The rule's own words, or general ones when it has none. */
function messageOf(variable: VariableTask, { message }: ValidationDeclaration, evaluator: Evaluator): string {
  const text = message && textOf(evaluator.evaluateNow(message, validationPlace));
  return text?.trim() ? text : `the value of variable ${JSON.stringify(variable.title)} is refused by its validation`;
}

function badCondition(variable: VariableTask, evaluator: Evaluator, span: Span, what: string): void {
  evaluator.report.add(
    problem("buildfile/validation-condition", {
      message: `a validation of variable ${JSON.stringify(variable.title)} ${what}`,
      span,
      hint: "write condition = …, an expression that is true for good values",
    }),
  );
}
