/** Findings that several rules or selections make. */
import type { Diagnostic } from "../../base/diagnostic.ts";

/** By code, message and place; of equal ones the first. */
export function uniqueDiagnostics(diagnostics: Iterable<Diagnostic>): ReadonlyMap<string, Diagnostic> {
  const unique = new Map<string, Diagnostic>();
  for (const found of diagnostics) {
    const { code, message, span } = found;
    const key = JSON.stringify([code, message, span?.source.name, span?.start, span?.end]);
    if (!unique.has(key)) unique.set(key, found);
  }
  return unique;
}
