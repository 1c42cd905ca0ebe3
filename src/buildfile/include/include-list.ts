/**
 * `include = […]` at the top of a build file: which files it takes in. To bake the attribute is a constant nobody
 * uses, so it means something only where it looks like an include and is not used as a value.
 */
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import { dependenciesOf } from "../hcl/dependencies.ts";
import { literalString } from "../hcl/literal.ts";
import type { Attribute, Body, Expression, SyntaxFile } from "../hcl/syntax.ts";
import { includeProblem } from "./problems.ts";

/** A path or a pattern of paths, seen from the folder of the file that holds it. */
export interface IncludePattern {
  readonly text: string;
  readonly span: Span;
}

const attributeName = "include";

export function includeAttribute({ body }: SyntaxFile): Attribute | undefined {
  return body.attributes.find(({ name }) => name === attributeName);
}

/** What the file includes, as written. `together` are the files whose expressions could use its globals. */
export function includesOf(file: SyntaxFile, together: readonly SyntaxFile[]): Checked<readonly IncludePattern[]> {
  const attribute = includeAttribute(file);
  if (!attribute) return { value: [], diagnostics: [] };
  const report = new DiagnosticList();
  const patterns = readPatterns(attribute.value);
  if ("problem" in patterns) {
    const message = `this include is a constant and includes nothing: ${patterns.problem}`;
    report.add(
      includeProblem("buildfile/include-ignored", {
        message,
        span: patterns.span,
        hint: 'to include files write include = ["path/to/bake.hcl", "services/*/bake.hcl"]',
      }),
    );
    return { value: [], diagnostics: report.items };
  }
  const user = [file, ...together].find(({ body }) => usesName(body));
  if (user === undefined) return { value: patterns.value, diagnostics: [] };
  report.add(
    includeProblem("buildfile/include-ignored", {
      message: `this include is a constant and includes nothing: ${user.source.name} uses its name as a value`,
      span: attribute.nameSpan,
      hint: "give the constant another name if files are to be included",
    }),
  );
  return { value: [], diagnostics: report.items };
}

type Patterns = { readonly value: readonly IncludePattern[] } | { readonly problem: string; readonly span: Span };

function readPatterns(expression: Expression): Patterns {
  if (expression.kind === "parenthesized") return readPatterns(expression.expression);
  if (expression.kind !== "tuple") return { problem: "it is no list of texts", span: expression.span };
  const value: IncludePattern[] = [];
  for (const item of expression.items) {
    const text = literalString(item);
    if (text === undefined) {
      const problem = item.kind === "template" ? "paths cannot contain ${…} or %{…}" : "this is no plain text";
      return { problem, span: item.span };
    }
    if (text.trim() === "") return { problem: "this path is empty", span: item.span };
    value.push({ text, span: item.span });
  }
  return { value };
}

/** Whether the name is declared as a variable, or some expression uses it. */
function usesName(body: Body): boolean {
  const inAttributes = body.attributes.some(({ name, value }) => name !== attributeName && mentions(value));
  return (
    inAttributes ||
    body.blocks.some(
      ({ type, labels, body: inner }) =>
        (type === "variable" && labels[0]?.text === attributeName) ||
        inner.attributes.some(({ value }) => mentions(value)) ||
        inner.blocks.some((nested) => usesName(nested.body)),
    )
  );
}

function mentions(expression: Expression): boolean {
  return dependenciesOf(expression).names.some(({ name }) => name === attributeName);
}
