/** Syntax trees as text in the native syntax. Parsing what is printed gives an equal tree, spans aside. */
import { isIdentifier } from "./characters.ts";
import { printInline, printKey } from "./print-expression.ts";
import { heredocOf } from "./print-heredoc.ts";
import { escapeQuoted } from "./print-template.ts";
import type { Attribute, Block, Body, Expression, ObjectItem } from "./syntax.ts";

/** Lists that would make a line longer than this get a line for each item. */
const widestLine = 100;

/**
 * A body as the text of a file: attributes, then blocks, each in its order. Bodies that come from JSON can set attributes whose names the native
 * syntax cannot write; a comment stands for them.
 */
export function printBody(body: Body): string {
  return printItems(body, "");
}

/** An expression on one line. */
export function printExpression(expression: Expression): string {
  return printInline(expression);
}

function printItems(body: Body, indent: string): string {
  const attributes = body.attributes.map((attribute) => printAttribute(attribute, indent)).join("");
  const blocks = body.blocks.map((block) => printBlock(block, indent));
  return [...(attributes === "" ? [] : [attributes]), ...blocks].join("\n");
}

function printAttribute({ name, value }: Attribute, indent: string): string {
  if (!isIdentifier(name)) return `${indent}# ${JSON.stringify(name)} cannot be the name of an attribute\n`;
  return `${indent}${name} = ${printValue(value, { indent, used: indent.length + name.length + 3 })}`;
}

function printBlock({ type, labels, body }: Block, indent: string): string {
  const header = [type, ...labels.map((label) => `"${escapeQuoted(label.text)}"`)].join(" ");
  const items = printItems(body, `${indent}  `);
  return items === "" ? `${indent}${header} {}\n` : `${indent}${header} {\n${items}${indent}}\n`;
}

interface Place {
  readonly indent: string;
  /** Columns taken on the line already. */
  readonly used: number;
}

/** A value that may take several lines, with the line end after it. */
function printValue(value: Expression, place: Place): string {
  if (value.kind === "object" && value.items.length > 0) return `${printObject(value.items, place.indent)}\n`;
  if (value.kind === "template") {
    const heredoc = heredocOf(value, place.indent);
    if (heredoc !== undefined) return heredoc;
  }
  const inline = printInline(value);
  if (value.kind !== "tuple" || value.items.length === 0) return `${inline}\n`;
  const nests = value.items.some((item) => item.kind === "object" && item.items.length > 1);
  if (!nests && place.used + inline.length <= widestLine) return `${inline}\n`;
  return `${printTuple(value.items, place.indent)}\n`;
}

function printObject(items: readonly ObjectItem[], indent: string): string {
  const inner = `${indent}  `;
  const lines = items.map(({ key, value }) => {
    const written = key.kind === "bare" ? key.name : printKey(key.expression);
    return `${inner}${written} = ${printValue(value, { indent: inner, used: inner.length + written.length + 3 })}`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function printTuple(items: readonly Expression[], indent: string): string {
  const inner = `${indent}  `;
  const lines = items.map((item) => {
    const inline = printInline(item);
    const fits = inner.length + inline.length < widestLine;
    return `${inner}${item.kind === "object" && !fits ? printObject(item.items, inner) : inline},\n`;
  });
  return `[\n${lines.join("")}${indent}]`;
}
