/** Findings the writer of a file has seen and means: `# tsbake:ignore lint/unused-target` on the line or on the one above. */
import type { Diagnostic } from "../../base/diagnostic.ts";
import { lineText, positionAt } from "../../base/span.ts";

const mark = /(?:#|\/\/|\/\*)[^\n]*?\btsbake:ignore[ \t]+([\w/*,\- \t]+)/;

/** Errors cannot be silenced. `codes` are silenced everywhere. */
export function withoutSuppressed(
  diagnostics: readonly Diagnostic[],
  codes: ReadonlySet<string>,
): readonly Diagnostic[] {
  return diagnostics.filter((found) => found.severity === "error" || !(codes.has(found.code) || isMarked(found)));
}

function isMarked({ code, span }: Diagnostic): boolean {
  if (!span) return false;
  const { line } = positionAt(span.source, span.start);
  return [line - 1, line].some((each) => marksOf(lineText(span.source, each)).includes(code));
}

function marksOf(line: string): readonly string[] {
  const found = mark.exec(line);
  return found?.[1]?.split(/[\s,]+/) ?? [];
}
