/** Findings for programs: a JSON array, one object a finding. */
import type { Diagnostic, RelatedPlace } from "../../base/diagnostic.ts";
import { positionAt, type Span } from "../../base/span.ts";

export interface FindingJson {
  readonly code: string;
  readonly severity: Diagnostic["severity"];
  readonly message: string;
  readonly hint?: string;
  readonly place?: PlaceJson;
  readonly related?: readonly (PlaceJson & { readonly message: string })[];
}

/** Lines and columns count from 1, columns in characters as people see them; the end is where the next character would stand. */
export interface PlaceJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export function findingsAsJson(diagnostics: readonly Diagnostic[]): readonly FindingJson[] {
  return diagnostics.map(({ code, severity, message, hint, span, related }) => ({
    code,
    severity,
    message,
    ...(hint !== undefined && { hint }),
    ...(span && { place: placeAsJson(span) }),
    ...(related?.length && { related: related.map(relatedAsJson) }),
  }));
}

function relatedAsJson({ message, span }: RelatedPlace): PlaceJson & { readonly message: string } {
  return { message, ...placeAsJson(span) };
}

function placeAsJson({ source, start, end }: Span): PlaceJson {
  const first = positionAt(source, start);
  const last = positionAt(source, end);
  return { file: source.name, line: first.line, column: first.column, endLine: last.line, endColumn: last.column };
}
