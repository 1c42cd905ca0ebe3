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
import { admit, type Evaluation, fail, originOf, requireType, withLocals } from "./evaluation.ts";

export interface Loop {
  readonly keyName?: string;
  readonly valueName: string;
  readonly collection: Expression;
  readonly span: Span;
}

/** Called for each element with the loop names bound; false ends the loop. */
export type Round = (round: Evaluation) => boolean;

/**
 * Runs the rounds of a loop. False when it ended early: there is nothing to iterate, which has been reported, or a round ended it,
 * or the budget is used up.
 */
export function iterate(loop: Loop, evaluation: Evaluation, round: Round): boolean {
  const collection = evaluation.evaluate(loop.collection, evaluation);
  if (collection.kind === "unknown") return false;
  const { budget } = evaluation.scope;
  const { keyName, valueName, span } = loop;
  const visit = (key: () => Value, value: Value): boolean => {
    if (!budget.spend(2, span)) return false;
    const { locals } = evaluation;
    const outer = keyName === undefined ? locals : { name: keyName, value: key(), outer: locals };
    return round(withLocals({ name: valueName, value, outer }, evaluation));
  };
  if ("items" in collection) {
    const keyOf = collection.kind === "set" ? (item: Value) => item : (_: Value, at: number) => indexValue(at);
    return collection.items.every((item, at) => visit(() => keyOf(item, at), item));
  }
  if ("entries" in collection) {
    for (const [key, value] of collection.entries) if (!visit(() => stringValue(key), value)) return false;
    return true;
  }
  return notIterable(collection, loop.collection, evaluation);
}

function indexValue(at: number): Value {
  return numberValue(fromInteger(at));
}

function notIterable(value: Value, source: Expression, evaluation: Evaluation): false {
  const { span } = source;
  const related = originOf(source, evaluation);
  if (value.kind === "null") {
    fail(evaluation, "eval/null-value", { message: "null cannot be iterated", span, related });
    return false;
  }
  const message = `${describeValue(value)} cannot be iterated`;
  const hint = value.kind === "string" ? 'split(",", …) makes a list of a string' : undefined;
  fail(evaluation, "eval/not-iterable", { message, span, related, hint });
  return false;
}

export function evaluateFor(node: ForExpression, evaluation: Evaluation): Value {
  const result = node.key === undefined ? collectItems(node, evaluation) : collectEntries(node, node.key, evaluation);
  return result === undefined ? unknownValue : admit(result, node.span, evaluation);
}

/** Ends with the first round that fails: the next would most likely fail for the same reason, at the same place. */
function collectItems(node: ForExpression, evaluation: Evaluation): Value | undefined {
  const items: Value[] = [];
  const complete = iterate(node, evaluation, (round) => {
    const wanted = passes(node, round);
    if (!wanted) return wanted !== undefined;
    const item = round.evaluate(node.value, round);
    items.push(item);
    return item.kind !== "unknown";
  });
  return complete ? tupleValue(items) : undefined;
}

function collectEntries(node: ForExpression, keyNode: Expression, evaluation: Evaluation): Value | undefined {
  const groups = new Map<string, Value[]>();
  const complete = iterate(node, evaluation, (round) => {
    const wanted = passes(node, round);
    if (!wanted) return wanted !== undefined;
    const key = entryKey(keyNode, round);
    const value = round.evaluate(node.value, round);
    if (key === undefined || value.kind === "unknown") return false;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else if (node.grouped) group.push(value);
    else reportDuplicate(key, keyNode.span, round);
    return group === undefined || node.grouped;
  });
  if (!complete) return undefined;
  if (node.grouped) return objectValue([...groups].map(([key, group]) => [key, tupleValue(group)]));
  return objectValue([...groups].map(([key, [value]]) => [key, value ?? unknownValue]));
}

function reportDuplicate(key: string, span: Span, evaluation: Evaluation): void {
  const message = `the key ${JSON.stringify(key)} comes up more than once`;
  const hint = "write ... after the value to collect the values of equal keys in lists";
  fail(evaluation, "eval/duplicate-key", { message, span, hint });
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
  if (value.kind === "string") return value.value;
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
