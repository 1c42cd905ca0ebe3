/** Fills a format with arguments. */

import { plural } from "../../../base/text.ts";
import { convert, describeProblem } from "../../hcl/convert.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import type { DecimalNumber } from "../../hcl/number.ts";
import { boolType, numberType, stringType, type Type, type Value } from "../../hcl/value.ts";
import { quoteJson, valueToJson } from "../../hcl/value-json.ts";
import { allowText } from "../limits.ts";
import { sliceClusters } from "../text/clusters.ts";
import { padText } from "./pad.ts";
import { renderFraction, renderInteger, renderShortest } from "./render-number.ts";
import type { Verb } from "./verb.ts";

/** The text of a parsed format; failures blame the arguments of the call, in which the format comes first. */
export function renderFormat(parts: readonly (string | Verb)[], args: readonly Value[]): string {
  let text = "";
  let next = 0;
  let used = 0;
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
    } else {
      const index = part.argument === undefined ? next : part.argument - 1;
      const value = args[index];
      if (value === undefined) throw new FunctionFailure(missingArgument(part, index, args.length), 0);
      text += renderVerb(value, part, index + 1);
      next = index + 1;
      used = Math.max(used, next);
    }
    allowText(text.length);
  }
  if (used >= args.length) return text;
  throw new FunctionFailure(
    used === 0 ? "the format has no verb for this argument" : `the format uses only ${plural(used, "argument")}`,
    used + 1,
  );
}

function missingArgument(verb: Verb, index: number, given: number): string {
  return `${verb.text} in the format needs argument ${index + 1}, but ${given === 0 ? "none is" : `only ${given} ${given === 1 ? "is" : "are"}`} given`;
}

function renderVerb(value: Value, verb: Verb, argument: number): string {
  switch (verb.letter) {
    case "v":
      return padText(renderAny(value, { verb, argument }), verb);
    case "s":
      return padText(limited(textOf(value, { verb, argument }), verb), verb);
    case "q":
      return padText(quoteJson(limited(textOf(value, { verb, argument }), verb)), verb);
    case "t":
      return textOf(fitted(value, boolType, { verb, argument }), { verb, argument });
    case "d":
    case "b":
    case "o":
    case "x":
    case "X":
      return renderInteger(numberOf(value, { verb, argument }), verb, argument);
    case "e":
    case "E":
    case "f":
    case "g":
    case "G":
      return renderFraction(numberOf(value, { verb, argument }), verb);
    default:
      throw new FunctionFailure(`there is no verb ${verb.text}; verbs are %v %s %q %t %d %b %o %x %X %e %f %g`, 0);
  }
}

/** The verb, and the index of the argument it formats. */
interface Use {
  readonly verb: Verb;
  readonly argument: number;
}

/** Strings as they are, numbers short, the rest as JSON; with `#` all as JSON. */
function renderAny(value: Value, { verb, argument }: Use): string {
  if (!verb.flags.alternate && value.kind === "string") return value.value;
  if (!verb.flags.alternate && value.kind === "number") return renderShortest(value.value);
  const json = valueToJson(value);
  if (json.ok) return json.text;
  throw new FunctionFailure(`${verb.text} cannot format it: ${json.message}`, argument);
}

function limited(text: string, { precision }: Verb): string {
  return precision === undefined ? text : sliceClusters(text, 0, precision);
}

function textOf(value: Value, use: Use): string {
  const converted = fitted(value, stringType, use);
  return converted.kind === "string" ? converted.value : "";
}

function numberOf(value: Value, use: Use): DecimalNumber {
  const converted = fitted(value, numberType, use);
  if (converted.kind !== "number") throw new Error("a conversion to number gave something else");
  return converted.value;
}

function fitted(value: Value, type: Type, { verb, argument }: Use): Value {
  if (value.kind === "null") throw new FunctionFailure(`${verb.text} cannot format null; only %v can`, argument);
  const converted = convert(value, type);
  if (converted.kind !== "problem") return converted;
  throw new FunctionFailure(`${verb.text} cannot format it: ${describeProblem(converted)}`, argument);
}
