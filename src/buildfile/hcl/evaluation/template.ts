/** Strings with interpolations and directives (spec section 5). */
import type { Span } from "../../../base/span.ts";
import { convert } from "../convert.ts";
import type { Template, TemplateFor, TemplateIf, TemplateInterpolation, TemplatePart } from "../syntax.ts";
import { describeValue } from "../type.ts";
import { boolType, stringType, stringValue, unknownValue, type Value } from "../value.ts";
import { type Evaluation, fail, originOf, requireType } from "./evaluation.ts";
import { iterate } from "./loop.ts";

/** A template that is one interpolation has the value of it, type kept; any other is a string. */
export function evaluateTemplate(node: Template, evaluation: Evaluation): Value {
  const only = node.parts.length === 1 ? node.parts[0] : undefined;
  if (only?.kind === "interpolation") return evaluation.evaluate(only.expression, evaluation);
  if (only?.kind === "text") return stringValue(only.text);
  const text = renderParts(node.parts, node.span, evaluation);
  return text === undefined ? unknownValue : stringValue(text);
}

/** The text of all parts; undefined when one of them failed. All are evaluated, so that every problem is reported. */
function renderParts(parts: readonly TemplatePart[], span: Span, evaluation: Evaluation): string | undefined {
  let text: string | undefined = "";
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const piece = part && renderPart(part, evaluation);
    if (piece === undefined || !evaluation.scope.budget.produce(piece.length, span)) text = undefined;
    else if (text !== undefined) text += piece;
  }
  return text;
}

function renderPart(part: TemplatePart, evaluation: Evaluation): string | undefined {
  switch (part.kind) {
    case "text":
      return part.text;
    case "interpolation":
      return renderInterpolation(part, evaluation);
    case "if":
      return renderIf(part, evaluation);
    case "for":
      return renderFor(part, evaluation);
  }
}

function renderInterpolation({ expression }: TemplateInterpolation, evaluation: Evaluation): string | undefined {
  const value = evaluation.evaluate(expression, evaluation);
  if (value.kind === "unknown") return undefined;
  const text = value.kind === "string" ? value : convert(value, stringType);
  if (text.kind === "string") return text.value;
  const { span } = expression;
  const related = originOf(expression, evaluation);
  if (value.kind === "null") {
    const hint = "give it a value, or use coalesce(…) for a fallback";
    fail(evaluation, "eval/null-value", { message: "null cannot be part of a string", span, related, hint });
    return undefined;
  }
  const hint = "items" in value ? 'join(",", …) makes a string of a list' : "jsonencode(…) makes a string of any value";
  const message = `${describeValue(value)} cannot be part of a string`;
  fail(evaluation, "eval/type-mismatch", { message, span, related, hint });
  return undefined;
}

function renderIf(part: TemplateIf, evaluation: Evaluation): string | undefined {
  const tested = evaluation.evaluate(part.condition, evaluation);
  const wanted = { type: boolType, role: "the condition", source: part.condition };
  const condition = requireType(tested, wanted, evaluation);
  if (condition.kind !== "bool") return undefined;
  return renderParts(condition.value ? part.then : (part.otherwise ?? []), part.span, evaluation);
}

function renderFor(part: TemplateFor, evaluation: Evaluation): string | undefined {
  let text = "";
  const complete = iterate(part, evaluation, (round) => {
    const piece = renderParts(part.body, part.span, round);
    text += piece ?? "";
    return piece !== undefined;
  });
  return complete ? text : undefined;
}
