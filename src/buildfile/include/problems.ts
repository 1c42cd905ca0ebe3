/** Every problem of includes and env files: its code, how bad it is and one line of help. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** One line of help for each error. */
export const includeErrorHelp = {
  "buildfile/include-not-found": "An include without wildcards names a file that has to exist.",
  "buildfile/include-unreadable": "An included file could not be read.",
  "buildfile/include-pattern": "A pattern of an include is broken.",
  "buildfile/include-cycle": "Build files include each other.",
  "buildfile/include-limit": "Includes read more files or folders than any project has.",
  "buildfile/env-file-line": "A line of an env file is not of the form NAME=value.",
} as const;

/** One line of help for each warning. */
export const includeWarningHelp = {
  "buildfile/include-ignored":
    "An include that is not a list of plain texts, or whose name is used as a value, includes nothing.",
  "buildfile/include-matches-nothing": "A pattern of an include matches no file.",
} as const;

export type IncludeProblemCode = keyof typeof includeErrorHelp | keyof typeof includeWarningHelp;

export interface IncludeProblemDetails {
  readonly message: string;
  readonly span?: Span;
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[];
}

export function includeProblem(code: IncludeProblemCode, details: IncludeProblemDetails): Diagnostic {
  const { message, span, hint, related = [] } = details;
  return {
    code,
    severity: code in includeErrorHelp ? "error" : "warning",
    message,
    ...(span && { span }),
    ...(related.length > 0 && { related }),
    ...(hint !== undefined && { hint }),
  };
}
