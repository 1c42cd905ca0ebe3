/** Names and what follows them: attributes, indexes and splats (spec section 6). */
import { coverSpans, type Span } from "../../../base/span.ts";
import { didYouMean } from "../../../base/suggest.ts";
import { enumerate, plural } from "../../../base/text.ts";
import { convert } from "../convert.ts";
import { literalStep } from "../dependencies.ts";
import { toInteger } from "../number.ts";
import type { ReferenceStep } from "../scope.ts";
import type { AttributeAccess, Expression, IndexAccess, Name, Splat } from "../syntax.ts";
import { describeValue } from "../type.ts";
import { normalised, numberType, stringType, unknownValue, type Value } from "../value.ts";
import { type Evaluation, fail, findLocal, originOf } from "./evaluation.ts";
import { evaluateSplat } from "./splat.ts";

type Traversal = AttributeAccess | IndexAccess | Splat;

/** A bare name, or a chain of steps over any expression; chains may be long, so they are walked in a loop. */
export function evaluateTraversal(outermost: Name | Traversal, evaluation: Evaluation): Value {
  const steps: Traversal[] = [];
  let root: Expression = outermost;
  while (root.kind === "attribute" || root.kind === "index" || root.kind === "splat") {
    steps.push(root);
    root = root.object;
  }
  steps.reverse();
  const start =
    root.kind === "name"
      ? evaluateName(root, steps, evaluation)
      : { value: evaluation.evaluate(root, evaluation), consumed: 0 };
  let value = start.value;
  for (let at = start.consumed; at < steps.length; at++) {
    const step = steps[at];
    if (step === undefined || !evaluation.scope.budget.spend(1, step.span)) return unknownValue;
    value = applyStep(value, step, evaluation);
  }
  return value;
}

function applyStep(value: Value, step: Traversal, evaluation: Evaluation): Value {
  if (step.kind === "attribute") return attributeOf(value, step, evaluation);
  if (step.kind === "splat") return evaluateSplat(value, step, evaluation);
  const index = evaluation.evaluate(step.index, evaluation);
  if (value.kind === "unknown" || index.kind === "unknown") return unknownValue;
  return elementOf(value, index, step, evaluation);
}

interface Start {
  readonly value: Value;
  /** How many steps the value stands for already. */
  readonly consumed: number;
}

function evaluateName(node: Name, steps: readonly Traversal[], evaluation: Evaluation): Start {
  const { scope, report } = evaluation;
  const known = findLocal(evaluation, node.name) ?? scope.variable(node.name, node.span);
  if (known !== undefined) return { value: known, consumed: 0 };
  const literal = literalSteps(steps);
  const last = literal.at(-1);
  const span = last === undefined ? node.span : coverSpans(node.span, last.span);
  const referred = scope.reference(node.name, literal, { span, report });
  if (referred !== undefined) return referred;
  const message = `there is no variable ${JSON.stringify(node.name)}`;
  const hint = suggestVariable(node.name, evaluation);
  return { value: fail(evaluation, "eval/unknown-variable", { message, span: node.span, hint }), consumed: 0 };
}

function literalSteps(steps: readonly Traversal[]): readonly ReferenceStep[] {
  const literal: ReferenceStep[] = [];
  for (const step of steps) {
    const one = literalStep(step);
    if (one === undefined) break;
    literal.push(one);
  }
  return literal;
}

function suggestVariable(name: string, evaluation: Evaluation): string | undefined {
  const { scope } = evaluation;
  if (!scope.budget.allowSuggestion()) return undefined;
  const names: string[] = [];
  for (let local = evaluation.locals; local; local = local.outer) names.push(local.name);
  names.push(...scope.variableNames());
  const [, left, right] = /^(.+?)-(.+)$/.exec(name) ?? [];
  if (left !== undefined && right !== undefined && names.includes(left)) {
    return `a dash belongs to the name; to subtract, write ${left} - ${right}`;
  }
  const similar = didYouMean(name, names);
  if (similar !== undefined) return similar;
  return /^(string|number|bool)$/.test(name)
    ? "types are written in type = … and convert(value, type) only"
    : `declare it with variable ${JSON.stringify(name)} {}`;
}

function attributeOf(value: Value, step: AttributeAccess, evaluation: Evaluation): Value {
  if (value.kind === "unknown") return value;
  const name = normalised(step.name);
  const span = step.nameSpan;
  if ("entries" in value) {
    return value.entries.get(name) ?? missingEntry(value.entries, name, { span, step }, evaluation);
  }
  const quoted = JSON.stringify(name);
  const related = originOf(step, evaluation);
  if (value.kind === "null") {
    return fail(evaluation, "eval/null-value", { message: `null has no attribute ${quoted}`, span, related });
  }
  const message = `${describeValue(value)} has no attribute ${quoted}: it is not an object`;
  const hint = "items" in value ? `use [*].${name} for all elements, or [0].${name} for the first` : undefined;
  return fail(evaluation, "eval/no-attributes", { message, span, related, hint });
}

function elementOf(value: Value, index: Value, step: IndexAccess, evaluation: Evaluation): Value {
  const { span } = step.index;
  if (index.kind === "null") return fail(evaluation, "eval/null-value", { message: "the index is null", span });
  if ("entries" in value) {
    const key = convert(index, stringType);
    if (key.kind !== "string") return invalidIndex("a string", index, span, evaluation);
    return value.entries.get(key.value) ?? missingEntry(value.entries, key.value, { span, step }, evaluation);
  }
  if (value.kind !== "list" && value.kind !== "tuple") return notIndexable(value, step, evaluation);
  const key = convert(index, numberType);
  const at = key.kind === "number" ? toInteger(key.value) : undefined;
  if (at === undefined || at < 0) return invalidIndex("a whole number from 0", index, span, evaluation);
  return value.items[at] ?? outOfRange(value.items.length, at, step, evaluation);
}

function notIndexable(value: Value, step: IndexAccess, evaluation: Evaluation): Value {
  const related = originOf(step, evaluation);
  const { span } = step.object;
  if (value.kind === "null") {
    return fail(evaluation, "eval/null-value", { message: "null cannot be indexed", span, related });
  }
  const message = `${describeValue(value)} cannot be indexed`;
  const hint = value.kind === "set" ? "a set has no order; use sort(…) or [for x in …: x] to make a list" : undefined;
  return fail(evaluation, "eval/not-indexable", { message, span, related, hint });
}

function invalidIndex(wanted: string, index: Value, span: Span, evaluation: Evaluation): Value {
  const message = `the index must be ${wanted}, not ${describeValue(index)}`;
  return fail(evaluation, "eval/invalid-index", { message, span });
}

function outOfRange(length: number, at: number, step: IndexAccess, evaluation: Evaluation): Value {
  const content = length === 0 ? "the list is empty" : `the list has ${plural(length, "element")}`;
  const hint = length === 0 ? undefined : `the last index is ${length - 1}`;
  const message = `index ${at} is out of range: ${content}`;
  const related = originOf(step, evaluation);
  return fail(evaluation, "eval/index-out-of-range", { message, span: step.index.span, related, hint });
}

function missingEntry(
  entries: ReadonlyMap<string, Value>,
  name: string,
  { span, step }: { readonly span: Span; readonly step: AttributeAccess | IndexAccess },
  evaluation: Evaluation,
): Value {
  const names = [...entries.keys()];
  const similar = evaluation.scope.budget.allowSuggestion() ? didYouMean(name, names) : undefined;
  const listed = names.length === 0 ? "the object is empty" : `it has ${enumerate(names, 8)}`;
  return fail(evaluation, "eval/missing-attribute", {
    message: `there is no attribute ${JSON.stringify(name)} in the object`,
    span,
    hint: similar ?? listed,
    related: originOf(step, evaluation),
  });
}
