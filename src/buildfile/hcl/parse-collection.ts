/** Lists, objects, for expressions and the arguments of calls. */
import type { Cursor } from "./cursor.ts";
import { atFor, parseFor } from "./parse-for.ts";
import type { ParseExpression } from "./parse-template.ts";
import type { Expression, ObjectItem, ObjectKey } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";
import type { Token, TokenKind } from "./token.ts";

export interface CollectionParsers {
  readonly parseExpression: ParseExpression;
  readonly startsExpression: (kind: TokenKind) => boolean;
}

/** `[…]`: a tuple or a for expression. */
export function parseTuple(cursor: Cursor, parsers: CollectionParsers): Expression {
  const open = cursor.next();
  const before = cursor.skipNewlines(true);
  if (atFor(cursor)) return endFor(cursor, parseFor(cursor, open, "]", parsers.parseExpression), before);
  const items = parseList(cursor, { open, closer: "]", what: "list" }, parsers);
  cursor.skipNewlines(before);
  return { kind: "tuple", items: items.expressions, span: cursor.spanFrom(open.start) };
}

/** The arguments of a call whose name (or whose first part, before `::`) was just taken. */
export function parseCall(cursor: Cursor, first: Token, parsers: CollectionParsers): Expression {
  let name = cursor.text(first);
  while (cursor.take("::")) {
    const part = cursor.take("identifier");
    if (!part) break;
    name += `::${cursor.text(part)}`;
  }
  const nameSpan = cursor.spanFrom(first.start);
  if (!cursor.at("(")) {
    cursor.fail(
      "hcl/expected-call",
      cursor.span(cursor.peek()),
      `expected ( and the arguments of the function ${name}`,
    );
    return { kind: "null", span: nameSpan };
  }
  const open = cursor.next();
  const before = cursor.skipNewlines(true);
  const items = parseList(cursor, { open, closer: ")", what: "call" }, parsers);
  cursor.skipNewlines(before);
  return {
    kind: "call",
    name,
    nameSpan,
    arguments: items.expressions,
    spread: items.spread,
    closeSpan: cursor.span(cursor.last),
    span: cursor.spanFrom(first.start),
  };
}

interface ListSyntax {
  readonly open: Token;
  readonly closer: "]" | ")";
  readonly what: "list" | "call";
}

interface ListItems {
  readonly expressions: readonly Expression[];
  readonly spread: boolean;
}

/** Items up to and with the closing bracket. */
function parseList(cursor: Cursor, list: ListSyntax, parsers: CollectionParsers): ListItems {
  // An array that grows has room for sixteen more, and a tree is kept: what goes into it is a copy that has not.
  const expressions: Expression[] = [];
  let height = 0;
  let spread = false;
  while (!cursor.take(list.closer)) {
    const { mark } = cursor;
    if (isUnclosed(cursor)) {
      unclosedList(cursor, list);
      break;
    }
    expressions.push(parsers.parseExpression(cursor));
    height = Math.max(height, cursor.height);
    if (cursor.lost && !resumeList(cursor, mark, list)) break;
    spread = takeSpread(cursor, list) || spread;
    if (!cursor.take(",") && !cursor.at(list.closer) && !mendComma(cursor, list, parsers)) break;
  }
  cursor.height = height + 1;
  cursor.allowsHeight(cursor.height);
  return { expressions: expressions.slice(), spread };
}

function resumeList(cursor: Cursor, mark: number, list: ListSyntax): boolean {
  cursor.resume(mark, "list");
  cursor.skipNewlines(true);
  if (cursor.at(",") || cursor.at(list.closer)) return true;
  cursor.stayLost();
  return false;
}

/** `...` after the last argument of a call. */
function takeSpread(cursor: Cursor, list: ListSyntax): boolean {
  const dots = list.what === "call" && cursor.take("...");
  if (!dots) return false;
  if (!cursor.at(")")) {
    const hint = "move the argument to the end, without a comma after it";
    cursor.problem("hcl/spread-not-last", cursor.span(dots), "only the last argument can be spread", { hint });
  }
  return true;
}

/** After an item that no comma follows: goes on if just that is missing. */
function mendComma(cursor: Cursor, list: ListSyntax, parsers: CollectionParsers): boolean {
  const found = cursor.peek();
  if (!parsers.startsExpression(found.kind) || cursor.atLineOfAttribute()) {
    unclosedList(cursor, list);
    return false;
  }
  const what = list.what === "list" ? "items of a list" : "arguments";
  cursor.problem("hcl/missing-comma", cursor.span(found), `expected a comma before ${cursor.text(found)}`, {
    hint: `${what} are separated by commas, on lines of their own too`,
  });
  return true;
}

/** What cannot be an item and shows that the bracket was never closed. */
function isUnclosed(cursor: Cursor): boolean {
  return cursor.at("end") || cursor.at("}") || cursor.atLineOfAttribute();
}

function unclosedList(cursor: Cursor, list: ListSyntax): void {
  const found = cursor.peek();
  const what = list.what === "list" ? "list" : "argument list";
  const place = found.kind === "end" ? list.open : found;
  cursor.fail("hcl/unclosed-bracket", cursor.span(place), `expected a comma or ${list.closer} to close the ${what}`, {
    related: opensHere(`the ${what}`, cursor.span(list.open)),
    hint: `close it with ${list.closer}`,
  });
}

/** `{…}`: an object or a for expression. */
export function parseObject(cursor: Cursor, parsers: CollectionParsers): Expression {
  const open = cursor.next();
  const before = cursor.skipNewlines(true);
  if (atFor(cursor)) return endFor(cursor, parseFor(cursor, open, "}", parsers.parseExpression), before);
  cursor.skipNewlines(false);
  const items: ObjectItem[] = [];
  let height = 0;
  for (;;) {
    while (cursor.take("newline"));
    if (cursor.take("}")) break;
    const { mark } = cursor;
    if (isUnclosedObject(cursor)) {
      unclosedObject(cursor, open);
      break;
    }
    const item = parseObjectItem(cursor, parsers);
    height = Math.max(height, cursor.height);
    if (item) items.push(item);
    if (cursor.lost && !resumeObject(cursor, mark)) break;
    if (!cursor.take(",") && !cursor.take("newline") && !cursor.at("}") && !mendSeparator(cursor, open, parsers)) break;
  }
  cursor.skipNewlines(before);
  cursor.height = height + 1;
  cursor.allowsHeight(cursor.height);
  return { kind: "object", items: items.slice(), span: cursor.spanFrom(open.start) };
}

function resumeObject(cursor: Cursor, mark: number): boolean {
  cursor.resume(mark, "object");
  if (cursor.at(",") || cursor.at("newline") || cursor.at("}")) return true;
  cursor.stayLost();
  return false;
}

function isUnclosedObject(cursor: Cursor): boolean {
  return cursor.at("end") || cursor.at("]") || cursor.at(")");
}

function mendSeparator(cursor: Cursor, open: Token, parsers: CollectionParsers): boolean {
  const found = cursor.peek();
  if (!parsers.startsExpression(found.kind)) {
    unclosedObject(cursor, open);
    return false;
  }
  cursor.problem(
    "hcl/missing-separator",
    cursor.span(found),
    `expected a comma or a new line before ${cursor.text(found)}`,
    {
      hint: "items of an object are separated by commas or line ends",
    },
  );
  return true;
}

function unclosedObject(cursor: Cursor, open: Token): void {
  const found = cursor.peek();
  cursor.fail(
    "hcl/unclosed-bracket",
    cursor.span(found.kind === "end" ? open : found),
    "expected } to close the object",
    {
      related: opensHere("the object", cursor.span(open)),
      hint: "close it with }",
    },
  );
}

function parseObjectItem(cursor: Cursor, parsers: CollectionParsers): ObjectItem | undefined {
  const { start } = cursor.peek();
  const key = parseObjectKey(cursor, parsers);
  if (cursor.lost) return undefined;
  if (!cursor.take("=") && !cursor.take(":")) {
    const found = cursor.peek();
    const ends = found.kind === "newline" || found.kind === "end";
    cursor.fail(
      "hcl/missing-object-value",
      ends ? key.span : cursor.span(found),
      "expected = and a value after the key",
      {
        hint: "as in name = value; lists without keys are written in [ ]",
      },
    );
    return undefined;
  }
  const value = parsers.parseExpression(cursor);
  return { key, value, span: cursor.spanFrom(start) };
}

function parseObjectKey(cursor: Cursor, parsers: CollectionParsers): ObjectKey {
  const token = cursor.peek();
  if (token.kind === "identifier" && endsKey(cursor.peekSecond().kind)) {
    cursor.next();
    return { kind: "bare", name: cursor.text(token), span: cursor.span(token) };
  }
  const expression = parsers.parseExpression(cursor);
  if (!cursor.lost && isReference(expression)) {
    cursor.problem("hcl/ambiguous-key", expression.span, "this key could be a name or a reference", {
      hint: "put it in parentheses to use its value, in quotes to use it as it is written",
    });
  }
  return { kind: "computed", expression, span: expression.span };
}

function endsKey(kind: TokenKind): boolean {
  return kind === "=" || kind === ":" || kind === "newline" || kind === "}" || kind === ",";
}

/** `a.b`, `a[0]`: what stands for a variable, and would be a name if it were shorter. */
function isReference(expression: Expression): boolean {
  let at = expression;
  while (at.kind === "attribute" || (at.kind === "index" && isLiteral(at.index))) at = at.object;
  return at.kind === "name" && at !== expression;
}

function isLiteral(index: Expression): boolean {
  return index.kind === "number" || (index.kind === "template" && index.parts.every((part) => part.kind === "text"));
}

function endFor(cursor: Cursor, expression: Expression, skippedNewlines: boolean): Expression {
  cursor.skipNewlines(skippedNewlines);
  return expression;
}
