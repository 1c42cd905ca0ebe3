/** Puts what was found in the order in which a reader meets it. */
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import type { SyntaxFile } from "../hcl/syntax.ts";

/** An expression is evaluated once for each matrix cell, and may go wrong in each. */
const mostAtOnePlace = 3;

/**
 * In the order of the files and of the places in them, those without a place last. Equal ones are there once, and of several with
 * one code at one place the first few stay.
 */
export function inOrderOfFiles(
  diagnostics: readonly Diagnostic[],
  files: readonly SyntaxFile[],
): readonly Diagnostic[] {
  const fileIndex = new Map<Source, number>();
  for (const [i, { source }] of files.entries()) fileIndex.set(source, i);
  const last = files.length;
  const indexOf = ({ span }: Diagnostic) => (span ? (fileIndex.get(span.source) ?? last) : last + 1);
  const messages = new Map<string, Set<string>>();
  const kept = diagnostics.filter((diagnostic) => {
    const { code, span, message } = diagnostic;
    const key = `${code} ${indexOf(diagnostic)} ${span?.start} ${span?.end}`;
    const known = messages.get(key) ?? new Set();
    if (known.has(message) || (span && known.size >= mostAtOnePlace)) return false;
    messages.set(key, known.add(message));
    return true;
  });
  return kept.sort((a, b) => indexOf(a) - indexOf(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
}
