/** `[for …]` and `{for …}`, and the iteration that template directives share (spec section 6). */
import type { Span } from "../../../base/span.ts";
import { convert } from "../convert.ts";
import { fromInteger } from "../number.ts";
import type { Expression, ForExpression } from "../syntax.ts";
import { describeValue } from "../type.ts";
import {
  boolType,
  numberValue,
  objectValue,
  stringType,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../value.ts";
import { admit, type Evaluation, fail, originOf, requireType } from "./evaluation.ts";

export interface Loop {
  readonly keyName?: string;
  readonly valueName: string;
  readonly collection: Expression;
  readonly span: Span;
}

/**
 * One evaluation for each element, with the loop names bound; undefined when there is nothing to iterate, which has been reported.
 * Stops early when the budget is used up.
 */
export function iterate(loop: Loop, evaluation: Evaluation): Iterable<Evaluation> | undefined {
  const collection = evaluation.evaluate(loop.collection, evaluation);
  if (collection.kind === "unknown") return undefined;
  const { span } = loop.collection;
  const related = originOf(loop.collection, evaluation);
  if (collection.kind === "null") {
    fail(evaluation, "eval/null-value", { message: "null cannot be iterated", span, related });
    return undefined;
  }
  if (!("items" in collection || "entries" in collection)) {
    const message = `${describeValue(collection)} cannot be iterated`;
    const hint = collection.kind === "string" ? 'split(",", …) makes a list of a string' : undefined;
    fail(evaluation, "eval/not-iterable", { message, span, related, hint });
    return undefined;
  }
  return bindEach(loop, collection, evaluation);
}

export function evaluateFor(node: ForExpression, evaluation: Evaluation): Value {
  const rounds = iterate(node, evaluation);
  if (rounds === undefined) return unknownValue;
  const result = node.key === undefined ? collectItems(node, rounds) : collectEntries(node, node.key, rounds);
  return result === undefined ? unknownValue : admit(result, node.span, evaluation);
}

function* bindEach(loop: Loop, collection: Value, evaluation: Evaluation): Iterable<Evaluation> {
  for (const [key, value] of elementsOf(collection)) {
    if (!evaluation.scope.budget.spend(1, loop.span)) return;
    const { keyName, valueName } = loop;
    const outer = keyName === undefined ? evaluation.locals : { name: keyName, value: key, outer: evaluation.locals };
    yield { ...evaluation, locals: { name: valueName, value, outer } };
  }
}

function* elementsOf(collection: Value): Iterable<readonly [Value, Value]> {
  if ("entries" in collection) {
    for (const [key, value] of collection.entries) yield [stringValue(key), value];
  } else if (collection.kind === "set") {
    for (const item of collection.items) yield [item, item];
  } else if ("items" in collection) {
    for (const [at, item] of collection.items.entries()) yield [numberValue(fromInteger(at)), item];
  }
}

/** undefined after the first round that fails: the next would most likely fail for the same reason, at the same place. */
function collectItems(node: ForExpression, rounds: Iterable<Evaluation>): Value | undefined {
  const items: Value[] = [];
  for (const round of rounds) {
    const wanted = passes(node, round);
    if (wanted === undefined) return undefined;
    if (!wanted) continue;
    const item = round.evaluate(node.value, round);
    if (item.kind === "unknown") return undefined;
    items.push(item);
  }
  return tupleValue(items);
}

function collectEntries(node: ForExpression, keyNode: Expression, rounds: Iterable<Evaluation>): Value | undefined {
  const groups = new Map<string, Value[]>();
  for (const round of rounds) {
    const wanted = passes(node, round);
    if (wanted === undefined) return undefined;
    if (!wanted) continue;
    const key = entryKey(keyNode, round);
    const value = round.evaluate(node.value, round);
    if (key === undefined || value.kind === "unknown") return undefined;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else if (node.grouped) group.push(value);
    else return duplicate(key, keyNode.span, round);
  }
  return objectValue(
    [...groups].map(([key, group]) => [key, node.grouped ? tupleValue(group) : (group[0] ?? unknownValue)]),
  );
}

function duplicate(key: string, span: Span, evaluation: Evaluation): undefined {
  const message = `the key ${JSON.stringify(key)} comes up more than once`;
  const hint = "write ... after the value to collect the values of equal keys in lists";
  fail(evaluation, "eval/duplicate-key", { message, span, hint });
  return undefined;
}

/** Whether the `if` lets the element through; undefined when that could not be evaluated. */
function passes(node: ForExpression, evaluation: Evaluation): boolean | undefined {
  if (node.condition === undefined) return true;
  const tested = evaluation.evaluate(node.condition, evaluation);
  const wanted = { type: boolType, role: "the condition of the loop", source: node.condition };
  const condition = requireType(tested, wanted, evaluation);
  return condition.kind === "bool" ? condition.value : undefined;
}

/** An object key, evaluated and converted to a string; undefined after a failure. */
export function entryKey(node: Expression, evaluation: Evaluation): string | undefined {
  const value = evaluation.evaluate(node, evaluation);
  if (value.kind === "unknown") return undefined;
  const related = originOf(node, evaluation);
  if (value.kind === "null") {
    fail(evaluation, "eval/null-value", { message: "the key is null", span: node.span, related });
    return undefined;
  }
  const key = convert(value, stringType);
  if (key.kind === "string") return key.value;
  const message = `the key must be a string, not ${describeValue(value)}`;
  fail(evaluation, "eval/invalid-key", { message, span: node.span, related });
  return undefined;
}
