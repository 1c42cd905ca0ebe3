/** Reads the evaluated value of an attribute as text, boolean, list or map, with the place of every part. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import type { Setting } from "../../definition.ts";
import { convert } from "../../hcl/convert.ts";
import type { Expression } from "../../hcl/syntax.ts";
import { describeValue } from "../../hcl/type.ts";
import { boolType, stringType, type Value } from "../../hcl/value.ts";
import { entrySpans, itemExpression } from "../blocks/part-span.ts";
import { problem } from "../problems.ts";

/** An attribute of a block with its value, which is neither null nor unknown. */
export interface AttributeSubject {
  readonly name: string;
  readonly expression: Expression;
  readonly value: Value;
  /** The target or group whose block holds it. */
  readonly block: string;
  /** The matrix cell of the block. */
  readonly cell: ReadonlyMap<string, string> | undefined;
  /** The folder of the build file, when paths are relative to it. */
  readonly folder: string | undefined;
  readonly report: DiagnosticList;
}

/** A setting said at `span`. */
export function settingAt<T>(subject: AttributeSubject, value: T, span: Span): Setting<T> {
  const { block, expression, cell } = subject;
  if (!cell) return { value, origin: { kind: "file", span, block, expression } };
  return { value, origin: { kind: "file", span, block, expression, cell } };
}

/** A setting said by the attribute as a whole. */
export function wholeSetting<T>(subject: AttributeSubject, value: T): Setting<T> {
  return settingAt(subject, value, subject.expression.span);
}

/** The readers answer undefined when the value does not fit; they have reported it then. */
export function readText(subject: AttributeSubject): string | undefined {
  const text = textOf(subject.value);
  if (text === undefined) reportType(subject, "a string", subject.value, subject.expression.span);
  return text;
}

export function readBoolean(subject: AttributeSubject): boolean | undefined {
  const converted = convert(subject.value, boolType);
  if (converted.kind === "bool") return converted.value;
  reportType(subject, "true or false", subject.value, subject.expression.span);
  return undefined;
}

/** What `make` makes of each item. */
export function readTextList<T>(
  subject: AttributeSubject,
  make: (text: string, span: Span) => T,
): readonly T[] | undefined {
  const { value, expression } = subject;
  if (!("items" in value)) {
    const hint = value.kind === "string" ? `write ${subject.name} = [${JSON.stringify(value.value)}]` : undefined;
    reportType(subject, "a list of strings", value, expression.span, hint);
    return undefined;
  }
  // It has room to grow, the copy that is kept has none.
  const parts: T[] = [];
  let complete = true;
  for (let i = 0; i < value.items.length; i++) {
    const item = value.items[i];
    if (item === undefined) continue;
    const { span } = itemExpression(expression, i, value.items.length);
    const text = textOf(item);
    if (text === undefined) {
      const hint = item.kind === "null" ? "leave it out, for example with compact([…])" : undefined;
      reportType(subject, "a list of strings", item, span, hint, `[${i}]`);
      complete = false;
    } else parts.push(make(text, span));
  }
  return complete ? parts.slice() : undefined;
}

/** What `make` makes of each entry. Entries that are null are left out, or refused with `refuseNull`. */
export function readTextMap<T>(
  subject: AttributeSubject,
  options: { readonly refuseNull: boolean },
  make: (text: string, span: Span) => T,
): ReadonlyMap<string, T> | undefined {
  const { value, expression } = subject;
  if (!("entries" in value)) {
    reportType(subject, "an object of strings", value, expression.span, `write ${subject.name} = { KEY = "value" }`);
    return undefined;
  }
  const spanOf = entrySpans(expression);
  const entries = new Map<string, T>();
  let complete = true;
  value.entries.forEach((entry, key) => {
    if (entry.kind === "null" && !options.refuseNull) return;
    const text = textOf(entry);
    if (text === undefined) {
      reportType(subject, "an object of strings", entry, spanOf(key), undefined, `[${JSON.stringify(key)}]`);
      complete = false;
    } else entries.set(key, make(text, spanOf(key)));
  });
  return complete ? entries : undefined;
}

/** The text of a string, number or bool; undefined for anything else, null included. */
export function textOf(value: Value): string | undefined {
  if (value.kind === "string") return value.value;
  const converted = convert(value, stringType);
  return converted.kind === "string" ? converted.value : undefined;
}

export function reportType(
  subject: AttributeSubject,
  expected: string,
  found: Value,
  span: Span,
  hint?: string,
  part = "",
): void {
  if (found.kind === "unknown") return;
  subject.report.add(
    problem("buildfile/attribute-type", {
      message: `${subject.name} must be ${expected}, but ${part === "" ? "it" : subject.name + part} is ${describeValue(found)}`,
      span,
      hint,
    }),
  );
}
