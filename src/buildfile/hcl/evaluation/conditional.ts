/** `condition ? then : otherwise` (spec section 6). */
import { convert, describeProblem } from "../convert.ts";
import type { Conditional } from "../syntax.ts";
import { friendlyTypeName, typeOf } from "../type.ts";
import { unify } from "../unify.ts";
import { boolType, unknownValue, type Value } from "../value.ts";
import { aside, type Evaluation, fail, payWalk, requireType } from "./evaluation.ts";

/** Both results are evaluated, because both decide the type; what is wrong with the one not taken does not matter. */
export function evaluateConditional(node: Conditional, evaluation: Evaluation): Value {
  const role = "the condition";
  const tested = evaluation.evaluate(node.condition, evaluation);
  const condition = requireType(tested, { type: boolType, role, source: node.condition }, evaluation);
  if (condition.kind !== "bool") return unknownValue;
  const [takenNode, otherNode] = condition.value ? [node.then, node.otherwise] : [node.otherwise, node.then];
  const taken = evaluation.evaluate(takenNode, evaluation);
  const other = evaluation.evaluate(otherNode, aside(evaluation));
  if (taken.kind === "unknown" || other.kind === "unknown" || isOpenNull(other)) return taken;
  if (!payWalk(taken, node.span, evaluation) || !payWalk(other, node.span, evaluation)) return unknownValue;
  const type = isOpenNull(taken) ? typeOf(other) : unify([typeOf(taken), typeOf(other)]);
  if (type === undefined) {
    // "Tuple" is a word for types; what is written in brackets is a list to everybody.
    const types = [typeOf(taken), typeOf(other)].map((one) => friendlyTypeName(one).replace("tuple", "list"));
    const [first, second] = condition.value ? types : types.reverse();
    const message =
      first === second
        ? `the two results are both ${first}s, but with contents of different types`
        : `the two results have no type in common: ${first} and ${second}`;
    const hint = "make both results strings, or both lists, or use null for one of them";
    return fail(evaluation, "eval/inconsistent-types", { message, span: node.span, hint });
  }
  const converted = convert(taken, type);
  if (converted.kind !== "problem") return converted;
  const message = `the result does not convert to the type of both results: ${describeProblem(converted)}`;
  return fail(evaluation, "eval/inconsistent-types", { message, span: takenNode.span });
}

/** The literal null, which takes any type. */
function isOpenNull(value: Value): boolean {
  return value.kind === "null" && value.type.kind === "any";
}
