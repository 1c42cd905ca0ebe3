/** Functions that take expressions, not their values: failing is something they can see. */
import { convert as convertValue, describeProblem } from "../hcl/convert.ts";
import { type ExpressionFunction, FunctionFailure } from "../hcl/function.ts";
import { parseType } from "../hcl/type-expression.ts";
import { boolValue } from "../hcl/value.ts";
import type { FunctionTable } from "./define.ts";

const can: ExpressionFunction = {
  kind: "expression",
  minimum: 1,
  maximum: 1,
  description: "Whether an expression can be evaluated.",
  call: ([expression], evaluate) => boolValue(expression !== undefined && evaluate(expression).ok),
};

const firstOf: ExpressionFunction = {
  kind: "expression",
  minimum: 1,
  description: "The value of the first of several expressions that can be evaluated.",
  call: (expressions, evaluate) => {
    const failures: string[] = [];
    for (const expression of expressions) {
      const attempt = evaluate(expression);
      if (attempt.ok) return attempt.value;
      failures.push(attempt.messages.join("; ") || "its value is not known");
    }
    const reasons = failures.slice(0, 5).map((failure, at) => `(${at + 1}) ${failure}`);
    throw new FunctionFailure(
      `no expression can be evaluated: ${reasons.join(", ")}${failures.length > 5 ? ", …" : ""}`,
    );
  },
};

const convert: ExpressionFunction = {
  kind: "expression",
  minimum: 2,
  maximum: 2,
  description: "Converts a value to a type, such as number or list(string).",
  call: ([expression, wanted], evaluate) => {
    if (expression === undefined || wanted === undefined) throw new Error("convert was called without its arguments");
    const type = parseType(wanted);
    if (!type.ok) throw new FunctionFailure(type.diagnostics.map(({ message }) => message).join("; "), 1);
    const attempt = evaluate(expression);
    if (!attempt.ok) throw new FunctionFailure(attempt.messages.join("; "), 0);
    const converted = convertValue(attempt.value, type.type);
    if (converted.kind === "problem") throw new FunctionFailure(describeProblem(converted), 0);
    return converted;
  },
};

export const expressionFunctions: FunctionTable = { can, try: firstOf, convert };
