/** Every problem the definition level can find: its code, how bad it is and one line of help. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each error. */
export const errorHelp = {
  "buildfile/label-count": "A variable, function, target or group block has exactly one name.",
  "buildfile/invalid-name": "Names of targets and groups are made of letters, digits, _ and -.",
  "buildfile/unexpected-attribute": "Functions, validations and groups accept only their own attributes.",
  "buildfile/not-constant": "The description of a variable is plain text.",
  "buildfile/cycle": "Values that need each other have no value.",
  "buildfile/default-type": "The default of a typed variable must fit its type.",
  "buildfile/override-value": "A value from the environment or from --var must fit its variable.",
  "buildfile/validation-failed": "A validation block of a variable refuses its value.",
  "buildfile/validation-condition": "A validation needs a condition that is true or false.",
  "buildfile/function-incomplete": "A function needs params and a result.",
  "buildfile/function-parameter": "Parameters are a list of different plain names.",
  "buildfile/function-name": "A function body sees parameters, variables, globals and functions only.",
  "buildfile/function-depth": "Functions that call each other too deeply.",
  "buildfile/reference-form": "A reference is written target.NAME.ATTRIBUTE.",
  "buildfile/reference-early": "Variables, functions, matrix and name are evaluated before targets.",
  "buildfile/unknown-reference": "A reference names a target, group or attribute that does not exist.",
  "buildfile/matrix-shape": "A matrix is an object of lists.",
  "buildfile/matrix-size": "A matrix has too many cells.",
  "buildfile/matrix-name": "Every cell of a matrix needs a name of its own, and only a matrix takes a name.",
  "buildfile/group-targets": "A group needs the list of its targets.",
  "buildfile/attribute-type": "An attribute has a value of the wrong type.",
  "buildfile/attribute-entry": "An entry of a structured list (output, secret, …) cannot be read.",
} as const;

/** One line of help for each warning: what bake accepts without a word, but nobody can have meant. */
export const warningHelp = {
  "buildfile/unknown-block": "Only variable, function, target and group blocks mean anything at the top level.",
  "buildfile/reserved-name": "A name that belongs to the language cannot be declared again.",
  "buildfile/unknown-attribute": "An attribute nobody reads: usually a misspelt one.",
  "buildfile/unexpected-block": "A nested block where an attribute is meant does nothing.",
  "buildfile/override-hidden": "The JSON form of a typed variable is preferred to its plain form.",
  "buildfile/unused-override": "--var names a variable that no file declares.",
  "buildfile/hidden-group": "A matrix target is a group too, which a declared group of its name replaces.",
} as const;

export type ProblemCode = keyof typeof errorHelp | keyof typeof warningHelp;

export interface ProblemDetails {
  readonly message: string;
  readonly span?: Span | undefined;
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[] | undefined;
}

/** A diagnostic of a known kind; details that are undefined are left out. */
export function problem(code: ProblemCode, details: ProblemDetails): Diagnostic {
  return {
    code,
    severity: code in errorHelp ? "error" : "warning",
    message: details.message,
    ...(details.span && { span: details.span }),
    ...(details.related?.length && { related: details.related }),
    ...(details.hint !== undefined && { hint: details.hint }),
  };
}
