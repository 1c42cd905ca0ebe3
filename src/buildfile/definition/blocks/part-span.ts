/** Where the parts of a value were written, as far as its expression shows them; else the whole expression. */
import type { Span } from "../../../base/span.ts";
import { literalString } from "../../hcl/literal.ts";
import type { Expression, ObjectItem } from "../../hcl/syntax.ts";

/** The element at `index` of a value with `count` elements. */
export function itemExpression(expression: Expression, index: number, count: number): Expression {
  const written = unwrapped(expression);
  return (written.kind === "tuple" && written.items.length === count ? written.items[index] : undefined) ?? expression;
}

/** The entries of an object by key: `key = value`. Entries whose key is computed are not told apart. */
export function entrySpans(expression: Expression): (key: string) => Span {
  const written = unwrapped(expression);
  const items = written.kind === "object" ? written.items : [];
  if (items.length <= fewItems) return (key) => lastOf(items, key)?.span ?? expression.span;
  const spans = new Map<string, Span>();
  for (const item of items) {
    const name = keyOf(item);
    if (name !== undefined) spans.set(name, item.span);
  }
  return (key) => spans.get(key) ?? expression.span;
}

/** Among so few items looking is quicker than a map. */
const fewItems = 12;

function lastOf(items: readonly ObjectItem[], key: string): ObjectItem | undefined {
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    if (item !== undefined && keyOf(item) === key) return item;
  }
  return undefined;
}

function keyOf({ key }: ObjectItem): string | undefined {
  return key.kind === "bare" ? key.name : literalString(key.expression);
}

/** From `offset` on in a text that was written as it is; the whole expression when escapes or sequences are in between. */
export function textSpan(expression: Expression, text: string, offset: number): Span {
  const { source, start, end } = expression.span;
  const asWritten = source.text.slice(start + 1, end - 1) === text && offset < text.length;
  return asWritten ? { source, start: start + 1 + offset, end: end - 1 } : expression.span;
}

function unwrapped(expression: Expression): Expression {
  return expression.kind === "parenthesized" ? unwrapped(expression.expression) : expression;
}
