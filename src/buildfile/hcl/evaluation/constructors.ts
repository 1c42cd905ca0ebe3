/** `[…]` and `{…}`. */
import type { ObjectLiteral, Tuple } from "../syntax.ts";
import { normalised, objectValue, tupleValue, unknownValue, type Value } from "../value.ts";
import { admit, type Evaluation } from "./evaluation.ts";
import { entryKey } from "./loop.ts";

/** Unknown when an item is, after all items were evaluated. */
export function evaluateTuple(node: Tuple, evaluation: Evaluation): Value {
  const items: Value[] = [];
  let complete = true;
  for (const expression of node.items) {
    const item = evaluation.evaluate(expression, evaluation);
    if (item.kind === "unknown") complete = false;
    items.push(item);
  }
  if (!complete) return unknownValue;
  return admit(tupleValue(items), node.span, evaluation);
}

export function evaluateObject(node: ObjectLiteral, evaluation: Evaluation): Value {
  const entries: [string, Value][] = [];
  for (const { key, value } of node.items) {
    const name = key.kind === "bare" ? normalised(key.name) : entryKey(key.expression, evaluation);
    const entry = evaluation.evaluate(value, evaluation);
    if (name !== undefined && entry.kind !== "unknown") entries.push([name, entry]);
  }
  if (entries.length < node.items.length) return unknownValue;
  return admit(objectValue(entries), node.span, evaluation);
}
