/** `format` and `formatlist`. */

import { plural } from "../../../base/text.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { anyType, listValue, stringType, stringValue, type Value } from "../../hcl/value.ts";
import { define, type FunctionTable, variadicNullable } from "../define.ts";
import { allowElements, allowText } from "../limits.ts";
import { renderFormat } from "./render.ts";
import { parseFormat } from "./verb.ts";

const parameters = { format: stringType, args: variadicNullable(anyType) };

export const formatFunctions: FunctionTable = {
  format: define("Fills the verbs of a format, such as %s and %d, with the other arguments.", parameters, (args) =>
    stringValue(renderFormat(parseFormat(args.text(0)), args.from(1))),
  ),
  formatlist: define(
    "Fills a format once for each element of the lists among the other arguments, which must be equally long.",
    parameters,
    (args) => listValue(stringType, formatEach(args.text(0), args.from(1))),
  ),
};

function formatEach(format: string, args: readonly Value[]): readonly Value[] {
  const parts = parseFormat(format);
  const count = commonLength(args) ?? 1;
  allowElements(count);
  const results: Value[] = [];
  let length = 0;
  for (let at = 0; at < count; at++) {
    const text = renderFormat(
      parts,
      args.map((arg) => elementAt(arg, at)),
    );
    length += text.length;
    allowText(length);
    results.push(stringValue(text));
  }
  return results;
}

/** The length of the lists, undefined when there is none. */
function commonLength(args: readonly Value[]): number | undefined {
  let common: number | undefined;
  for (const [at, arg] of args.entries()) {
    if (!("items" in arg)) continue;
    const { length } = arg.items;
    if (common !== undefined && length !== common) {
      const message = `the lists must be equally long, but this one has ${plural(length, "element")} and one before it ${common}`;
      throw new FunctionFailure(message, at + 1);
    }
    common = length;
  }
  return common;
}

function elementAt(arg: Value, at: number): Value {
  return "items" in arg ? (arg.items[at] ?? arg) : arg;
}
