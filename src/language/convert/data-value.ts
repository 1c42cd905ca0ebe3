/** Expressions as the values of a data format: what it can say itself as it is, anything else as a template in a string. */
import { printExpression } from "../../buildfile/hcl/print.ts";
import type { Expression, ObjectItem } from "../../buildfile/hcl/syntax.ts";
import { templateText } from "./template-text.ts";

export type DataValue =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** Decimal, without needless zeros in front, perhaps with a `-`. */
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "array"; readonly items: readonly DataValue[] }
  | { readonly kind: "object"; readonly entries: readonly DataValueEntry[] };

export interface DataValueEntry {
  readonly key: string;
  readonly value: DataValue;
}

/** A value that is read as the expression, or as one with the same value. */
export function dataValueOf(expression: Expression): DataValue {
  switch (expression.kind) {
    case "null":
      return { kind: "null" };
    case "boolean":
      return { kind: "boolean", value: expression.value };
    case "number":
      return { kind: "number", text: withoutZeros(expression.text) };
    case "template":
      return { kind: "string", text: templateText(expression.parts) };
    case "tuple":
      return { kind: "array", items: expression.items.map(dataValueOf) };
    case "parenthesized":
      return dataValueOf(expression.expression);
    case "unary":
      if (expression.operator === "-" && expression.operand.kind === "number") {
        return { kind: "number", text: `-${withoutZeros(expression.operand.text)}` };
      }
      return interpolated(expression);
    case "object":
      return objectOf(expression.items) ?? interpolated(expression);
    default:
      return interpolated(expression);
  }
}

/** For places where strings hold the native syntax: `list(string)`, `["first", "second"]`. */
export function nativeValueOf(expression: Expression): DataValue {
  if (expression.kind === "tuple") return { kind: "array", items: expression.items.map(nativeValueOf) };
  return expression.kind === "null" ? { kind: "null" } : { kind: "string", text: printExpression(expression) };
}

/** An expression in a string of a data format. Alone in its string, it keeps its type. */
export function interpolated(expression: Expression): DataValue {
  return { kind: "string", text: `\${${printExpression(expression)}}` };
}

function objectOf(items: readonly ObjectItem[]): DataValue | undefined {
  const entries = items.map(({ key, value }) => ({ key: keyText(key), value: dataValueOf(value) }));
  const isUnique = new Set(entries.map(({ key }) => key)).size === entries.length;
  return isUnique ? { kind: "object", entries } : undefined;
}

function keyText(key: ObjectItem["key"]): string {
  if (key.kind === "bare") return key.name;
  if (key.expression.kind === "template") return templateText(key.expression.parts);
  return `\${${printExpression(key.expression)}}`;
}

/** `007` is no number in data formats. */
function withoutZeros(text: string): string {
  return text.replace(/^0+(?=[0-9])/, "");
}
