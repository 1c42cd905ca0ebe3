/** The parameters a function declares. */
import { type Checked, type Diagnostic, DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import type { FunctionDeclaration } from "../declarations.ts";
import type { Use } from "../evaluation/names.ts";
import { problem } from "../problems.ts";

export interface Parameters {
  readonly fixed: readonly Use[];
  /** Takes the arguments after those. */
  readonly variadic: Use | undefined;
}

/** `params` and `variadic_params`: different plain names. Those that are none are reported and left out. */
export function readParameters(declaration: FunctionDeclaration): Checked<Parameters> {
  const report = new DiagnosticList();
  const fixed = readFixed(declaration, report);
  const variadic = readVariadic(declaration, fixed, report);
  return { value: { fixed, variadic }, diagnostics: report.items };
}

/** A function without something it needs. */
export function missingPart({ name, label }: FunctionDeclaration, part: string, example: string): Diagnostic {
  return problem("buildfile/function-incomplete", {
    message: `function ${JSON.stringify(name)} has no ${part}`,
    span: label.span,
    hint: `add: ${example}`,
  });
}

function readFixed(declaration: FunctionDeclaration, report: DiagnosticList): readonly Use[] {
  const { name: declared, params } = declaration;
  if (!params) {
    report.add(missingPart(declaration, "params", "params = []"));
    return [];
  }
  if (params.value.kind !== "tuple") {
    report.add(wrongParameter(declared, params.value.span, "params must be a list of names"));
    return [];
  }
  const found: Use[] = [];
  for (const item of params.value.items) {
    if (item.kind !== "name") report.add(wrongParameter(declared, item.span, "a parameter must be a plain name"));
    else if (found.some(({ name }) => name === item.name)) report.add(repeated(declared, item));
    else found.push(item);
  }
  return found;
}

function readVariadic(
  { name: declared, variadicParam }: FunctionDeclaration,
  fixed: readonly Use[],
  report: DiagnosticList,
): Use | undefined {
  const written = variadicParam?.value;
  if (!written || written.kind === "null") return undefined;
  if (written.kind !== "name") {
    report.add(wrongParameter(declared, written.span, "variadic_params must be a plain name"));
    return undefined;
  }
  if (fixed.some(({ name }) => name === written.name)) report.add(repeated(declared, written));
  return written;
}

function repeated(declared: string, { name, span }: Use): Diagnostic {
  return wrongParameter(declared, span, `parameter ${JSON.stringify(name)} is there twice`);
}

function wrongParameter(declared: string, span: Span, message: string): Diagnostic {
  return problem("buildfile/function-parameter", {
    message: `function ${JSON.stringify(declared)}: ${message}`,
    span,
    hint: "write: params = [first, second]",
  });
}
