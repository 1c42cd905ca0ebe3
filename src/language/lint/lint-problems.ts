/** What the linter finds: every code, how bad it is and one line of help. None of it keeps a file from being built. */
import type { Diagnostic, RelatedPlace, Severity } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";

/** What nobody can have meant, or what will hurt sooner or later. */
export const warningHelp = {
  "lint/unused-variable": "A variable that no target, group or function in use reads.",
  "lint/unused-global": "An attribute at the top level that nothing in use reads.",
  "lint/unused-function": "A function that nothing in use calls.",
  "lint/unused-parameter": "A parameter that the result of its function does not use.",
  "lint/unused-target":
    "A target whose name begins with an underscore is there to be inherited or linked to, but nothing does.",
  "lint/shadowed-name": "A matrix axis, a parameter or a loop name hides a name from further out.",
  "lint/declared-twice": "One file declares a name twice.",
  "lint/duplicate-entry": "A list has the same entry twice.",
  "lint/axis-without-effect": "A matrix axis changes the names of its targets and nothing else.",
  "lint/secret-in-args": "Build arguments are recorded with the image, so they are no place for secrets.",
  "lint/unqualified-push": "What is pushed has a name without registry and owner, which is Docker Hub's own library.",
  "lint/output-in-context": "One target writes into the folder that another one, built in the same run, reads.",
  "lint/not-portable": "Something that tsbake reads and bake does not; looked for with --portable.",
} as const;

/** What may well be meant; notes do not change the exit code. */
export const noteHelp = {
  "lint/unlisted-target": "A target in no group, so that it is built only when it is asked for by name.",
  "lint/needless-template": "A string that is one interpolation has the value of its expression.",
  "lint/legacy-syntax": "An old spelling of the language that newer ones have replaced.",
} as const;

export const lintHelp: Readonly<Record<LintCode, string>> = { ...warningHelp, ...noteHelp };

export type LintCode = keyof typeof warningHelp | keyof typeof noteHelp;

export interface LintDetails {
  readonly message: string;
  readonly span: Span | undefined;
  readonly related?: readonly RelatedPlace[];
  readonly hint: string;
}

export function lintProblem(code: LintCode, { message, span, related = [], hint }: LintDetails): Diagnostic {
  return {
    code,
    severity: severityOf(code),
    message,
    ...(span && { span }),
    ...(related.length > 0 && { related }),
    hint,
  };
}

function severityOf(code: LintCode): Severity {
  return code in noteHelp ? "note" : "warning";
}
