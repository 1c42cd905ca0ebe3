/** `list[*].name` and `list.*.name` (spec section 6). */
import type { Splat } from "../syntax.ts";
import { typeOf } from "../type.ts";
import { unify } from "../unify.ts";
import { anyType, listValue, tupleValue, unknownValue, type Value } from "../value.ts";
import { admit, type Evaluation, fail, originOf, withItem } from "./evaluation.ts";

/** What `each` gives for every element; a value that is no list counts as a list of one, null as an empty one. */
export function evaluateSplat(source: Value, node: Splat, evaluation: Evaluation): Value {
  if (source.kind === "unknown") return source;
  if (source.kind === "null") return splatOfNull(source.type.kind, node, evaluation);
  const results: Value[] = [];
  for (const item of "items" in source ? source.items : [source]) {
    if (!evaluation.scope.budget.spend(1, node.span)) return unknownValue;
    const result = evaluation.evaluate(node.each, withItem(item, evaluation));
    // The next element would most likely fail for the same reason, at the same place.
    if (result.kind === "unknown") return unknownValue;
    results.push(result);
  }
  return admit(collected(source, results), node.span, evaluation);
}

function collected(source: Value, results: readonly Value[]): Value {
  if (source.kind !== "list" && source.kind !== "set") return tupleValue(results);
  const element = results.length === 0 ? anyType : unify(results.map(typeOf));
  return element === undefined ? tupleValue(results) : listValue(element, results);
}

function splatOfNull(kind: string, node: Splat, evaluation: Evaluation): Value {
  if (kind !== "list" && kind !== "set" && kind !== "tuple") return tupleValue([]);
  const related = originOf(node, evaluation);
  const message = `the ${kind} is null and has no elements to visit`;
  return fail(evaluation, "eval/null-value", { message, span: node.object.span, related });
}
