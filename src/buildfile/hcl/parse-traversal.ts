/** What follows a term: `.name`, `.0`, `[index]`, `.*` and `[*]`. */
import type { Cursor } from "./cursor.ts";
import type { ParseExpression } from "./parse-template.ts";
import type { Expression } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";
import type { Token } from "./token.ts";

/** The term with everything that follows it. Grows the cursor's height with each step. */
export function parseTraversals(
  cursor: Cursor,
  term: Expression,
  start: number,
  parseExpression: ParseExpression,
): Expression {
  let result = term;
  while (!cursor.lost) {
    if (cursor.at(".")) result = parseDot(cursor, result, start);
    else if (cursor.at("[")) result = parseIndex(cursor, result, start, parseExpression);
    else break;
  }
  return result;
}

function parseDot(cursor: Cursor, object: Expression, start: number): Expression {
  const dot = cursor.next();
  const star = cursor.take("*");
  if (!star) return parseStep(cursor, object, start, dot);
  return parseAttributeSplat(cursor, object, start, cursor.spanBetween(dot.start, star.end));
}

/** A name or a number after a dot. */
function parseStep(cursor: Cursor, object: Expression, start: number, dot: Token): Expression {
  const token = cursor.peek();
  if (token.kind === "identifier") {
    cursor.next();
    if (!grow(cursor)) return object;
    return {
      kind: "attribute",
      object,
      name: cursor.text(token),
      nameSpan: cursor.span(token),
      span: cursor.spanFrom(start),
    };
  }
  if (token.kind !== "number") {
    const place = token.kind === "newline" || token.kind === "end" ? dot : token;
    const hint =
      object.kind === "number" ? "a number does not end in a dot" : 'other names are written ["in brackets"]';
    cursor.fail("hcl/expected-name-after-dot", cursor.span(place), "expected a name after the dot", { hint });
    return object;
  }
  cursor.next();
  const text = cursor.text(token);
  if (text.includes(".")) {
    const hint = `write ${text
      .split(".")
      .map((index) => `[${index}]`)
      .join("")}`;
    cursor.problem("hcl/chained-number-index", cursor.span(token), `${text} is one number, not two indexes`, { hint });
  }
  if (!grow(cursor)) return object;
  return {
    kind: "index",
    object,
    index: { kind: "number", text, span: cursor.span(token) },
    span: cursor.spanFrom(start),
  };
}

/** `.*` takes the names and numbers that follow; brackets after them apply to the whole result. */
function parseAttributeSplat(
  cursor: Cursor,
  object: Expression,
  start: number,
  marker: Expression["span"],
): Expression {
  const height = cursor.height;
  const eachStart = cursor.last.start;
  let each: Expression = { kind: "splat-item", span: marker };
  cursor.height = 1;
  while (!cursor.lost && cursor.at(".")) {
    const dot = cursor.next();
    if (cursor.at("*")) {
      const hint = "use [*], which can be nested";
      cursor.fail("hcl/nested-attribute-splat", cursor.span(cursor.peek()), "a .* cannot be used inside another one", {
        hint,
      });
      break;
    }
    each = parseStep(cursor, each, eachStart, dot);
  }
  cursor.height = Math.max(height, cursor.height);
  if (!grow(cursor)) return object;
  return { kind: "splat", style: "attribute", object, each, span: cursor.spanFrom(start) };
}

function parseIndex(cursor: Cursor, object: Expression, start: number, parseExpression: ParseExpression): Expression {
  const height = cursor.height;
  const open = cursor.next();
  const before = cursor.skipNewlines(true);
  if (cursor.at("*") && cursor.peekSecond().kind === "]") {
    cursor.next();
    cursor.next();
    cursor.skipNewlines(before);
    return parseFullSplat(cursor, object, { start, open, parseExpression });
  }
  const index = parseExpression(cursor);
  if (!cursor.lost && !cursor.take("]")) {
    cursor.fail("hcl/unclosed-bracket", cursor.span(cursor.peek()), "expected ] to close the index", {
      related: opensHere("the index", cursor.span(open)),
      hint: "close it with ]",
    });
  }
  cursor.skipNewlines(before);
  cursor.height = Math.max(height, cursor.height);
  if (!grow(cursor)) return object;
  return { kind: "index", object, index, span: cursor.spanFrom(start) };
}

interface SplatPlace {
  readonly start: number;
  readonly open: Token;
  readonly parseExpression: ParseExpression;
}

/** `[*]` applies everything that follows, further splats included, to each element. */
function parseFullSplat(cursor: Cursor, object: Expression, place: SplatPlace): Expression {
  const height = cursor.height;
  const item: Expression = { kind: "splat-item", span: cursor.spanFrom(place.open.start) };
  if (!cursor.enter()) return object;
  cursor.height = 1;
  const each = parseTraversals(cursor, item, place.open.start, place.parseExpression);
  cursor.leave();
  cursor.height = Math.max(height, cursor.height);
  if (!grow(cursor)) return object;
  return { kind: "splat", style: "full", object, each, span: cursor.spanFrom(place.start) };
}

function grow(cursor: Cursor): boolean {
  cursor.height++;
  return cursor.allowsHeight(cursor.height);
}
