/** Values of JSON and TOML as expressions: strings are templates, and so are the keys of objects. */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import { coverSpans, type Span } from "../../base/span.ts";
import { isIdentifier } from "../hcl/characters.ts";
import { parseTemplateIn } from "../hcl/parse.ts";
import type { Expression, ObjectItem, ObjectKey } from "../hcl/syntax.ts";
import type { DataNode, DataObject, DataString } from "./data.ts";
import { dataProblem } from "./data-problems.ts";

export function expressionOf(node: DataNode, report: DiagnosticList): Expression {
  switch (node.kind) {
    case "null":
    case "boolean":
      return node;
    case "number":
      return numberOf(node.text, node.span);
    case "string":
      return templateOf(node, report);
    case "array":
      return { kind: "tuple", items: node.items.map((item) => expressionOf(item, report)), span: node.span };
    case "object":
      return objectOf(node, report);
  }
}

function numberOf(text: string, span: Span): Expression {
  if (!text.startsWith("-")) return { kind: "number", text, span };
  return { kind: "unary", operator: "-", operand: { kind: "number", text: text.slice(1), span }, span };
}

function templateOf(string: DataString, report: DiagnosticList): Expression {
  const template = parseTemplateIn(string.content);
  report.addAll(template.diagnostics);
  return { ...template.value, span: string.span };
}

function objectOf(object: DataObject, report: DiagnosticList): Expression {
  const seen = new Map<string, DataString>();
  const items = object.entries.map(({ key, value }): ObjectItem => {
    const name = key.content.text;
    const first = seen.get(name);
    if (first) {
      const related = [{ message: "first used here", span: first.span }];
      const hint = "remove one of the two";
      report.add(
        dataProblem("data/duplicate-key", key.span, `the key ${JSON.stringify(name)} is used twice`, { related, hint }),
      );
    } else seen.set(name, key);
    return { key: keyOf(key, report), value: expressionOf(value, report), span: coverSpans(key.span, value.span) };
  });
  return { kind: "object", items, span: object.span };
}

/** What reads as a name is one, as in the native syntax; everything else is a template. */
function keyOf(key: DataString, report: DiagnosticList): ObjectKey {
  const { text } = key.content;
  if (isIdentifier(text)) return { kind: "bare", name: text, span: key.span };
  return { kind: "computed", expression: templateOf(key, report), span: key.span };
}
