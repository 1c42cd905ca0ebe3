/** For expressions: `[for k, v in c : e if x]` and `{for k, v in c : key => e... if x}`. */
import type { Cursor } from "./cursor.ts";
import { type ForNames, type ParseExpression, parseForNames } from "./parse-template.ts";
import type { Expression } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";
import type { Token } from "./token.ts";

/** `for` begins a for expression only before a name, so that it can be a name itself. */
export function atFor(cursor: Cursor): boolean {
  return cursor.atWord("for") && cursor.peekSecond().kind === "identifier";
}

/** From `for` on, its bracket taken and newlines skipped, up to and with the closing bracket. */
export function parseFor(cursor: Cursor, open: Token, closer: "]" | "}", parseExpression: ParseExpression): Expression {
  cursor.next();
  const names = parseForNames(cursor);
  const parsed = names && parseForClauses(cursor, names, closer, parseExpression);
  if (!cursor.lost && !cursor.take(closer)) {
    cursor.fail("hcl/unclosed-bracket", cursor.span(cursor.peek()), `expected ${closer} to close the for expression`, {
      related: opensHere("the for expression", cursor.span(open)),
      hint: `close it with ${closer}`,
    });
  }
  const span = cursor.spanFrom(open.start);
  return parsed ? { ...parsed, span } : { kind: "null", span };
}

function parseForClauses(
  cursor: Cursor,
  names: ForNames,
  closer: "]" | "}",
  parseExpression: ParseExpression,
): Expression | undefined {
  let height = 0;
  const parse = (): Expression => {
    const expression = parseExpression(cursor);
    height = Math.max(height, cursor.height);
    return expression;
  };
  const collection = parse();
  if (!cursor.lost && !cursor.take(":")) {
    const hint = "as in [for v in list : upper(v)]";
    cursor.fail(
      "hcl/invalid-for",
      cursor.span(cursor.peek()),
      "expected : after what the for expression goes through",
      { hint },
    );
  }
  const result = cursor.lost ? undefined : parseResult(cursor, closer, parse);
  if (!result || cursor.lost) return undefined;
  const dots = cursor.take("...");
  if (dots && closer === "]") {
    const hint = "write {for … : key => value...}";
    cursor.problem("hcl/grouping-in-list-for", cursor.span(dots), "values can be grouped only under a key", { hint });
  }
  const condition = cursor.atWord("if") && cursor.next() ? { condition: parse() } : {};
  cursor.height = height + 1;
  cursor.allowsHeight(cursor.height);
  return {
    kind: "for",
    ...names,
    collection,
    ...result,
    grouped: dots !== undefined,
    ...condition,
    span: collection.span,
  };
}

interface ForResult {
  readonly key?: Expression;
  readonly value: Expression;
}

function parseResult(cursor: Cursor, closer: "]" | "}", parse: () => Expression): ForResult {
  const first = parse();
  if (cursor.lost) return { value: first };
  const arrow = cursor.take("=>");
  if (!arrow && closer === "]") return { value: first };
  if (!arrow) {
    const message = "expected key => value in a for expression that makes an object";
    const hint = "write {for … : key => value}, or use [ ] to make a list";
    cursor.problem("hcl/no-key-in-object-for", first.span, message, { hint });
    return { value: first };
  }
  if (closer === "]") {
    const hint = "use { } to make an object";
    cursor.problem("hcl/key-in-list-for", cursor.span(arrow), "a for expression that makes a list has no keys", {
      hint,
    });
  }
  return { key: first, value: parse() };
}
