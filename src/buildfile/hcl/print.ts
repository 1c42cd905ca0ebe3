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
export function printBody(body: Body, comments: BodyComments = noComments): string {
  const parts = [printComments(comments.atStart, ""), printItems(body, { indent: "", comments })];
  return parts.filter((part) => part !== "").join("\n");
}

/** Comments a tree does not hold, line by line, without the signs that make them comments. */
export interface BodyComments {
  /** About a whole file. */
  readonly atStart: readonly string[];
  readonly before: (item: Attribute | Block) => readonly string[];
  readonly atEnd: (body: Body) => readonly string[];
}

const noComments: BodyComments = { atStart: [], before: () => [], atEnd: () => [] };

/** An expression on one line. */
export function printExpression(expression: Expression): string {
  return printInline(expression);
}

interface Surroundings {
  readonly indent: string;
  readonly comments: BodyComments;
}

function printItems(body: Body, surroundings: Surroundings): string {
  const { indent, comments } = surroundings;
  const before = (item: Attribute | Block): string => printComments(comments.before(item), indent);
  const attributes = body.attributes.map((attribute) => before(attribute) + printAttribute(attribute, indent)).join("");
  const blocks = body.blocks.map((block) => before(block) + printBlock(block, surroundings));
  return [attributes, ...blocks, printComments(comments.atEnd(body), indent)].filter((part) => part !== "").join("\n");
}

function printComments(lines: readonly string[], indent: string): string {
  return lines.map((line) => `${indent}${`# ${line}`.trimEnd()}\n`).join("");
}

function printAttribute({ name, value }: Attribute, indent: string): string {
  if (!isIdentifier(name)) return `${indent}# ${JSON.stringify(name)} cannot be the name of an attribute\n`;
  return `${indent}${name} = ${printValue(value, { indent, used: indent.length + name.length + 3 })}`;
}

function printBlock({ type, labels, body }: Block, { indent, comments }: Surroundings): string {
  const header = [type, ...labels.map((label) => `"${escapeQuoted(label.text)}"`)].join(" ");
  const items = printItems(body, { indent: `${indent}  `, comments });
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
