/** Expressions (spec section 6): recursive descent, precedence climbing for the binary operators. */

import type { Span } from "../../base/span.ts";
import type { Cursor } from "./cursor.ts";
import { binaryOperator } from "./operators.ts";
import { type CollectionParsers, parseCall, parseObject, parseTuple } from "./parse-collection.ts";
import { parseTemplateParts } from "./parse-template.ts";
import { parseTraversals } from "./parse-traversal.ts";
import type { Expression } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";
import type { Token, TokenKind } from "./token.ts";

/**
 * The expression at the cursor. Where there is none that is reported, the cursor is lost, and the answer stands in for it. Sets the cursor's
 * height.
 */
export function parseExpression(cursor: Cursor): Expression {
  if (!cursor.enter()) return standIn(cursor);
  const { start } = cursor.peek();
  const expression = parseConditional(cursor, start, parseBinary(cursor, 1));
  cursor.leave();
  return expression;
}

/** What follows an expression that may be a condition; `start` is where that begins. */
function parseConditional(cursor: Cursor, start: number, condition: Expression): Expression {
  if (cursor.lost || !cursor.at("?")) return condition;
  let height = cursor.height;
  const question = cursor.next();
  const then = parseExpression(cursor);
  height = Math.max(height, cursor.height);
  if (cursor.lost) return condition;
  if (!cursor.take(":")) {
    cursor.fail(
      "hcl/incomplete-conditional",
      cursor.span(cursor.peek()),
      "expected : and the other value of the conditional",
      {
        related: [{ message: "the conditional is here", span: cursor.span(question) }],
        hint: continuationHint(cursor),
      },
    );
    return condition;
  }
  const otherwise = parseExpression(cursor);
  grown(cursor, Math.max(height, cursor.height));
  return { kind: "conditional", condition, then, otherwise, span: cursor.spanFrom(start) };
}

function parseBinary(cursor: Cursor, lowest: number): Expression {
  const { start } = cursor.peek();
  let left = parseUnary(cursor);
  for (;;) {
    const found = binaryOperator(cursor.peek().kind);
    if (cursor.lost || !found || found.level < lowest) return left;
    const height = cursor.height;
    const operatorSpan = cursor.span(cursor.next());
    const right = parseBinary(cursor, found.level + 1);
    if (cursor.lost || !grown(cursor, Math.max(height, cursor.height))) return left;
    left = { kind: "binary", operator: found.operator, operatorSpan, left, right, span: cursor.spanFrom(start) };
  }
}

/** `-` and `!` bind to one term with its traversals. */
function parseUnary(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.kind !== "-" && token.kind !== "!") {
    return parseTraversals(cursor, parsePrimary(cursor, token), token.start, parseExpression);
  }
  if (!cursor.enter()) return standIn(cursor);
  cursor.next();
  const operand = parseUnary(cursor);
  cursor.leave();
  grown(cursor, cursor.height);
  return { kind: "unary", operator: token.kind, operand, span: cursor.spanFrom(token.start) };
}

const collectionParsers: CollectionParsers = { parseExpression, startsExpression };

function parsePrimary(cursor: Cursor, token: Token): Expression {
  cursor.height = 1;
  switch (token.kind) {
    case "quote-open":
      return parsePlainString(cursor) ?? parseTemplate(cursor);
    case "identifier":
      return parseNamed(cursor);
    case "number":
      cursor.next();
      return { kind: "number", text: numberText(cursor.text(token)), span: cursor.span(token) };
    case "[":
      return parseTuple(cursor, collectionParsers);
    case "{":
      return parseObject(cursor, collectionParsers);
    case "(":
      return parseParenthesized(cursor);
    case "heredoc-open":
      return parseTemplate(cursor);
    case "broken":
      return standIn(cursor, cursor.next());
    default:
      missingExpression(cursor);
      return standIn(cursor);
  }
}

/** `1.e5` is a number too, but nobody else should have to know. */
function numberText(written: string): string {
  return written.includes(".") ? written.replace(/\.(?=[eE])/, "") : written;
}

/** A name, a call, `true`, `false` or `null`. */
function parseNamed(cursor: Cursor): Expression {
  const token = cursor.next();
  if (cursor.at("(") || cursor.at("::")) return parseCall(cursor, token, collectionParsers);
  const name = cursor.text(token);
  const span = cursor.span(token);
  return nameOrLiteral(name, span);
}

function nameOrLiteral(name: string, span: Span): Expression {
  if (name === "true" || name === "false") return { kind: "boolean", value: name === "true", span };
  if (name === "null") return { kind: "null", span };
  return { kind: "name", name, span };
}

function parseParenthesized(cursor: Cursor): Expression {
  const open = cursor.next();
  const before = cursor.skipNewlines(true);
  const expression = parseExpression(cursor);
  const height = cursor.height;
  if (!cursor.lost && !cursor.take(")")) {
    cursor.fail("hcl/unclosed-bracket", cursor.span(cursor.peek()), "expected ) to close the parenthesis", {
      related: opensHere("the parenthesis", cursor.span(open)),
      hint: "close it with )",
    });
  }
  cursor.skipNewlines(before);
  grown(cursor, height);
  return { kind: "parenthesized", expression, span: cursor.spanFrom(open.start) };
}

/** A quoted string without sequences and escapes, as most strings are; undefined, and nothing taken, for all others. */
function parsePlainString(cursor: Cursor): Expression | undefined {
  const kind = cursor.kindAfter(1);
  const empty = kind === "quote-close";
  if (!empty && (kind !== "text" || cursor.kindAfter(2) !== "quote-close")) return undefined;
  const text = empty ? "" : cursor.textAfter(1);
  if (marked.test(text)) return undefined;
  const open = cursor.next();
  if (!empty) cursor.next();
  cursor.next();
  const span = cursor.spanFrom(open.start);
  // The text has the place of the whole string, quotes and all: a span of its own is never looked at, and strings are what files are made of.
  return { kind: "template", parts: empty ? [] : [{ kind: "text", text, span }], span };
}

/** Where an escape may be. */
const marked = /[\\$%]/;

function parseTemplate(cursor: Cursor): Expression {
  const open = cursor.next();
  const quoted = open.kind === "quote-open";
  const closer = quoted ? "quote-close" : "heredoc-close";
  const dedents = cursor.text(open).startsWith("<<-");
  const parts = parseTemplateParts(cursor, { closer, escapes: quoted, dedents }, parseExpression);
  if (!cursor.lost) cursor.take(closer);
  return { kind: "template", parts, span: cursor.spanFrom(open.start) };
}

/** Records the height of a node over children of the given height; false (and lost) when that is too much. */
function grown(cursor: Cursor, childrenHeight: number): boolean {
  cursor.height = childrenHeight + 1;
  return cursor.allowsHeight(cursor.height);
}

/** Whether a token can begin an expression. */
function startsExpression(kind: TokenKind): boolean {
  return expressionStarts.has(kind);
}

const expressionStarts: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "number",
  "identifier",
  "quote-open",
  "heredoc-open",
  "[",
  "{",
  "(",
  "broken",
  "!",
]);

function missingExpression(cursor: Cursor): void {
  const found = cursor.peek();
  const last = cursor.last;
  const follows =
    binaryOperator(last.kind) !== undefined || last.kind === "?" || last.kind === ":" || last.kind === "!";
  const place = found.kind === "newline" || found.kind === "end" ? last : found;
  if (found.kind === ".") {
    cursor.fail("hcl/expected-expression", cursor.span(found), "expected a value, found a dot", {
      hint: "a fraction begins with a digit: 0.5",
    });
  } else if (follows) {
    const message = `expected a value after ${cursor.text(last)}`;
    cursor.fail("hcl/expected-expression", cursor.span(last), message, { hint: continuationHint(cursor) });
  } else {
    cursor.fail("hcl/expected-expression", cursor.span(place), `expected a value, found ${describe(cursor, found)}`);
  }
}

function continuationHint(cursor: Cursor): string {
  return cursor.at("newline")
    ? "an expression that goes on in the next line needs ( ) around it"
    : "write the value here";
}

function describe(cursor: Cursor, token: Token): string {
  if (token.kind === "newline") return "the end of the line";
  if (token.kind === "end") return "the end of the file";
  if (token.kind === "sequence-end") return "the end of the interpolation";
  return cursor.text(token);
}

function standIn(cursor: Cursor, token: Token = cursor.peek()): Expression {
  return { kind: "null", span: cursor.span(token) };
}
