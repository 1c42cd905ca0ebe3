/** What is wrong with a variable inside of text, at the place where it stands. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { composeProblem } from "../compose-problems.ts";
import type { TemplateProblem } from "./substitute.ts";

/** `span` is the whole text; the place is narrowed to the reference when the source spells it as the text does. */
export function templateDiagnostic(problem: TemplateProblem, span: Span): Diagnostic {
  const place = referenceSpan(span, problem.reference);
  switch (problem.kind) {
    case "invalid":
      return composeProblem("compose/interpolation", place, `${quoted(problem.reference)} is not a variable`, {
        hint: "write ${NAME}, or $$ where a dollar sign is meant",
      });
    case "required": {
      const reason = problem.message === "" ? "" : `: ${problem.message}`;
      return composeProblem("compose/required-variable", place, `the variable ${problem.name} must be set${reason}`, {
        hint: `give it with --var ${problem.name}=…, in the environment or in .env`,
      });
    }
    case "unset":
      return composeProblem(
        "compose/unset-variable",
        place,
        `the variable ${problem.name} is not set, so it is empty`,
        {
          hint: `set it, or write a default: \${${problem.name}:-value}`,
        },
      );
  }
}

function referenceSpan(span: Span, reference: string): Span {
  const written = span.source.text.slice(span.start, span.end);
  const at = written.indexOf(reference);
  return at === -1 ? span : { source: span.source, start: span.start + at, end: span.start + at + reference.length };
}

function quoted(reference: string): string {
  return JSON.stringify(reference.length > 40 ? `${reference.slice(0, 40)}…` : reference);
}
