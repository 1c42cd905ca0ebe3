/** What can go wrong when expressions are evaluated: every code and what it means. */
import type { Diagnostic, RelatedPlace } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";

/** One line of help for each code. */
export const evaluationHelp = {
  "eval/unknown-variable":
    "A name must be a variable, an attribute at the top level, a matrix axis, a parameter or a loop name.",
  "eval/unknown-function": "Only the functions of the language and those the files declare can be called.",
  "eval/missing-attribute": "An object or map has no entry of that name.",
  "eval/no-attributes": "Only objects and maps have attributes.",
  "eval/not-indexable": "Only lists, maps and objects can be indexed.",
  "eval/invalid-index": "Lists are indexed by whole numbers, maps and objects by strings.",
  "eval/index-out-of-range": "An index counts from 0 and must be less than the length of the list.",
  "eval/null-value": "Null stands where a value is needed.",
  "eval/type-mismatch": "A value has the wrong type and does not convert.",
  "eval/inconsistent-types": "Both results of a conditional must have a type in common.",
  "eval/undefined-result": "The numbers have no such result: zero by zero, or infinity less itself.",
  "eval/number-too-large": "Numbers reach up to about 10 to the power of 39,000.",
  "eval/not-iterable": "Only lists, sets, maps and objects can be iterated.",
  "eval/invalid-key": "A key must convert to a string.",
  "eval/duplicate-key": "A for expression that makes an object must make different keys.",
  "eval/argument-count": "A function was called with too few or too many arguments.",
  "eval/invalid-argument": "An argument does not fit its parameter.",
  "eval/invalid-spread": "Only a list, tuple or set can be spread over arguments.",
  "eval/function-failed": "A function cannot work with the values it was given.",
  "eval/value-too-large": "A value is too large or nested too deeply to work with.",
  "eval/too-much-work": "The files ask for more work than any build needs.",
} as const;

export type EvaluationCode = keyof typeof evaluationHelp;

export interface EvaluationDetails {
  readonly message: string;
  readonly span: Span;
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[] | undefined;
}

export function evaluationProblem(code: EvaluationCode, details: EvaluationDetails): Diagnostic {
  const { message, span, hint, related } = details;
  return {
    code,
    severity: "error",
    message,
    span,
    ...(hint !== undefined && { hint }),
    ...(related !== undefined && related.length > 0 && { related }),
  };
}
