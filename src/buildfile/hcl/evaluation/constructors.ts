/** `[…]` and `{…}`. */
import type { ObjectLiteral, Tuple } from "../syntax.ts";
import { normalised, objectOf, tupleValue, unknownValue, type Value } from "../value.ts";
import { admit, type Evaluation } from "./evaluation.ts";
import { entryKey } from "./loop.ts";

/** Unknown when an item is, after all items were evaluated. */
export function evaluateTuple(node: Tuple, evaluation: Evaluation): Value {
  const items: Value[] = [];
  let complete = true;
  const expressions = node.items;
  for (let i = 0; i < expressions.length; i++) {
    const expression = expressions[i];
    if (expression === undefined) continue;
    const item = evaluation.evaluate(expression, evaluation);
    if (item.kind === "unknown") complete = false;
    items.push(item);
  }
  if (!complete) return unknownValue;
  return admit(tupleValue(items), node.span, evaluation);
}

export function evaluateObject(node: ObjectLiteral, evaluation: Evaluation): Value {
  const entries = new Map<string, Value>();
  let complete = true;
  const { items } = node;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined) continue;
    const { key } = item;
    const name = key.kind === "bare" ? normalised(key.name) : entryKey(key.expression, evaluation);
    const entry = evaluation.evaluate(item.value, evaluation);
    if (name !== undefined && entry.kind !== "unknown") entries.set(name, entry);
    else complete = false;
  }
  if (!complete) return unknownValue;
  return admit(objectOf(entries), node.span, evaluation);
}
