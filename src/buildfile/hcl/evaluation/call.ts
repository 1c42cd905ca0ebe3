/** Function calls (spec section 9). */
import { didYouMean } from "../../../base/suggest.ts";
import { plural } from "../../../base/text.ts";
import { convert, describeProblem } from "../convert.ts";
import {
  type Attempt,
  type ExpressionFunction,
  FunctionFailure,
  type FunctionParameter,
  type ValueFunction,
} from "../function.ts";
import type { Expression, FunctionCall } from "../syntax.ts";
import { describeValue } from "../type.ts";
import { unknownValue, type Value } from "../value.ts";
import { isWeighed, weigh } from "../weight.ts";
import { admit, aside, type Evaluation, fail, originOf, payWalk } from "./evaluation.ts";

export function evaluateCall(node: FunctionCall, evaluation: Evaluation): Value {
  const called = evaluation.scope.function(node.name, node.nameSpan);
  if (called === undefined) return unknownFunction(node, evaluation);
  const result =
    called.kind === "value" ? callWithValues(node, called, evaluation) : callWithExpressions(node, called, evaluation);
  return accept(result, node, evaluation);
}

/** What the cheapest call costs, conversions and all. */
const stepsOfCall = 24;

interface Argument {
  readonly value: Value;
  readonly source: Expression;
}

function callWithValues(node: FunctionCall, called: ValueFunction, evaluation: Evaluation): Value {
  const given = evaluateArguments(node, evaluation);
  if (given === undefined || !hasRightCount(node, given.length, countsOf(called), evaluation)) return unknownValue;
  const values = given.map((argument, at) => {
    const parameter = called.parameters[at] ?? called.variadic;
    return parameter === undefined ? argument.value : fitArgument(node, argument, parameter, evaluation);
  });
  if (values.some((value) => value.kind === "unknown")) return unknownValue;
  const steps = stepsOfCall + (called.steps?.(values) ?? 0);
  if (!evaluation.scope.budget.spend(steps, node.span)) return unknownValue;
  const blame = (at: number): Blame => ({
    source: given[at]?.source,
    parameter: called.parameters[at] ?? called.variadic,
  });
  return run(node, blame, evaluation, () => called.call(values, evaluation.scope.world));
}

/** The values of all arguments, a spread one taken apart; undefined when that could not be done. */
function evaluateArguments(node: FunctionCall, evaluation: Evaluation): readonly Argument[] | undefined {
  const given = node.arguments.map((source): Argument => ({ value: evaluation.evaluate(source, evaluation), source }));
  const last = given.at(-1);
  if (!node.spread || last === undefined) return given;
  const { value, source } = last;
  if (value.kind === "unknown") return undefined;
  if ("items" in value) {
    if (!evaluation.scope.budget.spend(value.items.length, source.span)) return undefined;
    return [...given.slice(0, -1), ...value.items.map((item): Argument => ({ value: item, source }))];
  }
  const message = `only a list can be spread over arguments with ..., not ${describeValue(value)}`;
  fail(evaluation, "eval/invalid-spread", { message, span: source.span, related: originOf(source, evaluation) });
  return undefined;
}

interface Counts {
  readonly minimum: number;
  readonly maximum: number;
}

function countsOf(called: ValueFunction): Counts {
  const minimum = called.parameters.length;
  return { minimum, maximum: called.variadic === undefined ? minimum : Number.POSITIVE_INFINITY };
}

function hasRightCount(node: FunctionCall, count: number, counts: Counts, evaluation: Evaluation): boolean {
  const { minimum, maximum } = counts;
  if (count >= minimum && count <= maximum) return true;
  const few = count < minimum;
  const limit = minimum === maximum ? "exactly" : few ? "at least" : "at most";
  const message = `${node.name} needs ${limit} ${plural(few ? minimum : maximum, "argument")}, not ${count}`;
  const extra = node.arguments[Math.min(maximum, node.arguments.length - 1)];
  const span = few || extra === undefined ? node.closeSpan : extra.span;
  fail(evaluation, "eval/argument-count", { message, span });
  return false;
}

function fitArgument(
  node: FunctionCall,
  argument: Argument,
  parameter: FunctionParameter,
  evaluation: Evaluation,
): Value {
  const { value, source } = argument;
  if (value.kind === "unknown") return value;
  const { span } = source;
  if (value.kind === "null" && !parameter.allowNull) {
    const related = originOf(source, evaluation);
    const message = `${argumentOf(node, parameter)} must not be null`;
    return fail(evaluation, "eval/invalid-argument", { message, span, related });
  }
  if (!payWalk(value, span, evaluation)) return unknownValue;
  const converted = convert(value, parameter.type);
  if (converted.kind !== "problem") return converted;
  const message = `${argumentOf(node, parameter)} does not fit: ${describeProblem(converted)}`;
  return fail(evaluation, "eval/invalid-argument", { message, span, related: originOf(source, evaluation) });
}

function argumentOf(node: FunctionCall, parameter: FunctionParameter): string {
  return `the argument ${JSON.stringify(parameter.name)} of ${node.name}`;
}

function callWithExpressions(node: FunctionCall, called: ExpressionFunction, evaluation: Evaluation): Value {
  if (node.spread) {
    const message = `the arguments of ${node.name} are expressions, so they cannot be spread with ...`;
    return fail(evaluation, "eval/invalid-spread", { message, span: node.arguments.at(-1)?.span ?? node.span });
  }
  const counts = { minimum: called.minimum, maximum: called.maximum ?? Number.POSITIVE_INFINITY };
  if (!hasRightCount(node, node.arguments.length, counts, evaluation)) return unknownValue;
  const attempt = (argument: Expression): Attempt => {
    const apart = aside(evaluation);
    const value = evaluation.evaluate(argument, apart);
    if (value.kind === "unknown") return { ok: false, messages: apart.report.items.map(({ message }) => message) };
    return { ok: true, value };
  };
  const blame = (at: number): Blame => ({ source: node.arguments[at], parameter: undefined });
  return run(node, blame, evaluation, () => called.call(node.arguments, attempt));
}

/** An argument that a function refuses: where it stands, and what it was given for. */
interface Blame {
  readonly source: Expression | undefined;
  readonly parameter: FunctionParameter | undefined;
}

/** Calls, and turns a refusal into a diagnostic at the argument to blame, else at the call. */
function run(node: FunctionCall, blame: (at: number) => Blame, evaluation: Evaluation, call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof FunctionFailure)) throw error;
    const { source, parameter } = error.argument === undefined ? nobody : blame(error.argument);
    const subject = parameter ? argumentOf(node, parameter) : node.name;
    const details = { message: `${subject}: ${error.message}`, span: (source ?? node).span };
    return fail(evaluation, "eval/function-failed", { ...details, related: source && originOf(source, evaluation) });
  }
}

const nobody: Blame = { source: undefined, parameter: undefined };

function accept(result: Value, node: FunctionCall, evaluation: Evaluation): Value {
  const { budget } = evaluation.scope;
  if (budget.exhausted) return unknownValue;
  if (result.kind === "string" && !budget.produce(result.value.length, node.span)) return unknownValue;
  if (!("items" in result || "entries" in result)) return result;
  if (!isWeighed(result) && !budget.spend(weigh(result).nodes, node.span)) return unknownValue;
  return admit(result, node.span, evaluation);
}

function unknownFunction(node: FunctionCall, evaluation: Evaluation): Value {
  const { scope } = evaluation;
  const hint = scope.budget.allowSuggestion() ? didYouMean(node.name, scope.functionNames()) : undefined;
  const message = `there is no function ${JSON.stringify(node.name)}`;
  return fail(evaluation, "eval/unknown-function", { message, span: node.nameSpan, hint });
}
