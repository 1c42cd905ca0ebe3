/** What can be wrong with a JSON or TOML document as a build file: every code, what it means, and the diagnostic it makes. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each code. */
export const dataHelp = {
  "data/root-not-object":
    "A build file is an object (or an array of objects) of variables, functions, targets and groups.",
  "data/block-not-object": "Variables, functions, targets and groups are objects under their names.",
  "data/body-not-object": "The body of a block is an object, or an array of objects.",
  "data/duplicate-attribute": "A body sets an attribute once.",
  "data/duplicate-key": "An object has a key once.",
} as const;

export type DataCode = keyof typeof dataHelp;

interface Extras {
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

export function dataProblem(code: DataCode, span: Span, message: string, extras: Extras = {}): Diagnostic {
  return { code, severity: "error", message, span, ...extras };
}
