/** The native syntax, read: whole files, and expressions and templates that stand in data formats. */
import { type Checked, type Diagnostic, DiagnosticList } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { Cursor } from "./cursor.ts";
import { type Excerpt, sliceOf, wholeSource } from "./excerpt.ts";
import { parseFileBody } from "./parse-body.ts";
import { parseExpression as parseExpressionAt } from "./parse-expression.ts";
import { parseTemplateParts } from "./parse-template.ts";
import { scan } from "./scan.ts";
import type { Body, Expression, Template } from "./syntax.ts";

/**
 * A build file in the native syntax. Several mistakes are reported at once, in the order of their places; with errors the body holds
 * what could be made of the rest.
 */
export function parseHcl(source: Source): Checked<Body> {
  return parseWith(wholeSource(source), "code", parseFileBody);
}

/** The text of a source between two offsets as one expression; newlines mean nothing in it. */
export function parseExpression(
  source: Source,
  range: { readonly start: number; readonly end: number },
): Checked<Expression> {
  return parseExpressionIn(sliceOf(source, range));
}

/** A text as one expression, as in the `type` of a variable in JSON. */
export function parseExpressionIn(excerpt: Excerpt): Checked<Expression> {
  return parseWith(excerpt, "code", (cursor) => {
    cursor.skipNewlines(true);
    const expression = parseExpressionAt(cursor);
    if (!cursor.lost && !cursor.at("end")) {
      const found = cursor.peek();
      const hint = "remove what follows, or join it with an operator";
      cursor.fail("hcl/extra-after-expression", cursor.span(found), `expected the end, found ${cursor.text(found)}`, {
        hint,
      });
    }
    return expression;
  });
}

/** A text as a template: no escapes but `$${` and `%%{`. */
export function parseTemplateIn(excerpt: Excerpt): Checked<Template> {
  if (!/[$%]\{/.test(excerpt.text)) return { value: plainTemplate(excerpt), diagnostics: [] };
  return parseWith(excerpt, "template", (cursor) => {
    const parts = parseTemplateParts(cursor, { closer: "end", escapes: false, dedents: false }, parseExpressionAt);
    return { kind: "template", parts, span: cursor.spanBetween(0, excerpt.text.length) };
  });
}

function plainTemplate({ source, text, locate }: Excerpt): Template {
  const span = { source, start: locate(0), end: locate(text.length) };
  return { kind: "template", parts: text === "" ? [] : [{ kind: "text", text, span }], span };
}

function parseWith<T>(excerpt: Excerpt, as: "code" | "template", parse: (cursor: Cursor) => T): Checked<T> {
  const report = new DiagnosticList();
  const scanned = scan(excerpt, as, report);
  const value = parse(new Cursor(excerpt, scanned, report));
  return { value, diagnostics: inOrder(report.items) };
}

/** The scanner reports before the parser does; readers want one order. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length < 2) return diagnostics;
  return [...diagnostics].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
}
