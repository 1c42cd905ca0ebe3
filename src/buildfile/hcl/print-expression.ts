/** Expressions on one line. */
import { precedenceOf } from "./operators.ts";
import { printParts } from "./print-template.ts";
import type { Expression, ForExpression, FunctionCall, ObjectItem } from "./syntax.ts";

/** How tightly an expression holds together: conditionals least, then binary operators by precedence, unary ones, terms. */
const conditionalLevel = 0;
const unaryLevel = 10;
const termLevel = 11;

/** Parentheses are added where a tree that was not parsed would otherwise be read differently. */
export function printInline(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return expression.text;
    case "boolean":
      return String(expression.value);
    case "null":
      return "null";
    case "template":
      return `"${printParts(expression.parts, { style: "quoted", print: printInline })}"`;
    case "name":
      return expression.name;
    case "attribute":
      return `${printOperandOfDot(expression.object)}.${expression.name}`;
    case "index":
      return `${printBefore(expression.object, "bracket")}[${printInline(expression.index)}]`;
    case "splat":
      return expression.style === "full"
        ? `${printBefore(expression.object, "bracket")}[*]${printInline(expression.each)}`
        : `${printOperandOfDot(expression.object)}.*${printNames(expression.each)}`;
    case "splat-item":
      return "";
    case "call":
      return printCall(expression);
    case "unary":
      return `${expression.operator}${printAtLeast(expression.operand, unaryLevel)}`;
    case "binary": {
      const level = precedenceOf(expression.operator);
      return `${printAtLeast(expression.left, level)} ${expression.operator} ${printAtLeast(expression.right, level + 1)}`;
    }
    case "conditional": {
      const condition = printAtLeast(expression.condition, conditionalLevel + 1);
      return `${condition} ? ${printInline(expression.then)} : ${printInline(expression.otherwise)}`;
    }
    case "tuple":
      return `[${expression.items.map(printInline).join(", ")}]`;
    case "object":
      return printObject(expression.items);
    case "for":
      return printFor(expression);
    case "parenthesized":
      return `(${printInline(expression.expression)})`;
  }
}

/** A key that is no bare name. */
export function printKey(expression: Expression): string {
  const written = printInline(expression);
  return isReadAsName(expression) ? `(${written})` : written;
}

/** Whether an object's key would be taken for a name, or for a reference that had better be one. */
function isReadAsName(expression: Expression): boolean {
  if (expression.kind === "boolean" || expression.kind === "null") return true;
  let at: Expression = expression;
  while (at.kind === "attribute" || at.kind === "index") at = at.object;
  return at.kind === "name";
}

function levelOf(expression: Expression): number {
  if (expression.kind === "conditional") return conditionalLevel;
  if (expression.kind === "binary") return precedenceOf(expression.operator);
  return expression.kind === "unary" ? unaryLevel : termLevel;
}

function printAtLeast(expression: Expression, level: number): string {
  const written = printInline(expression);
  return levelOf(expression) < level ? `(${written})` : written;
}

/** What a splat has not taken already can follow only brackets, or parentheses. */
function printBefore(object: Expression, follower: "dot" | "bracket"): string {
  const takesMore = object.kind === "splat" && (object.style === "full" || follower === "dot");
  return takesMore ? `(${printInline(object)})` : printAtLeast(object, termLevel);
}

/** Space keeps the dot out of a number. */
function printOperandOfDot(object: Expression): string {
  const written = printBefore(object, "dot");
  return object.kind === "number" ? `${written} ` : written;
}

/** The names and numbers after `.*`. */
function printNames(each: Expression): string {
  if (each.kind === "attribute") return `${printNames(each.object)}.${each.name}`;
  if (each.kind === "index") return `${printNames(each.object)}.${printInline(each.index)}`;
  return "";
}

function printCall({ name, arguments: args, spread }: FunctionCall): string {
  return `${name}(${args.map(printInline).join(", ")}${spread ? "..." : ""})`;
}

function printObject(items: readonly ObjectItem[]): string {
  if (items.length === 0) return "{}";
  const written = items.map(({ key, value }) => {
    return `${key.kind === "bare" ? key.name : printKey(key.expression)} = ${printInline(value)}`;
  });
  return `{ ${written.join(", ")} }`;
}

function printFor(expression: ForExpression): string {
  const { keyName, valueName, collection, key, value, grouped, condition } = expression;
  const names = keyName === undefined ? valueName : `${keyName}, ${valueName}`;
  const result = `${key ? `${printInline(key)} => ` : ""}${printInline(value)}${grouped ? "..." : ""}`;
  const written = `for ${names} in ${printInline(collection)} : ${result}${condition ? ` if ${printInline(condition)}` : ""}`;
  return key ? `{ ${written} }` : `[${written}]`;
}
