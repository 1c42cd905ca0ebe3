/** Templates: quoted strings, heredocs and the strings of data formats (spec section 5). */

import type { Span } from "../../base/span.ts";
import { graphemeCount } from "../../base/span.ts";
import { leadingWhiteSpace, trimEnd, trimStart } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { unescapeLine, unescapeQuoted } from "./string-literal.ts";
import type { Expression, TemplatePart } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";
import { buildParts, type Piece, type TextPiece } from "./template-tree.ts";
import type { Token, TokenKind } from "./token.ts";

export type ParseExpression = (cursor: Cursor) => Expression;

export interface TemplateSyntax {
  /** The token that ends the template; it is not taken. */
  readonly closer: TokenKind;
  readonly escapes: boolean;
  /** `<<-`: the indentation all lines share is removed. */
  readonly dedents: boolean;
}

/** The parts up to the closer. Sets the cursor's height. */
export function parseTemplateParts(
  cursor: Cursor,
  syntax: TemplateSyntax,
  parseExpression: ParseExpression,
): readonly TemplatePart[] {
  const pieces: Piece[] = [];
  let height = 0;
  let trimsNext = false;
  while (!cursor.lost && !cursor.at(syntax.closer) && !cursor.at("end")) {
    const token = cursor.next();
    if (token.kind === "text") {
      const text = textOf(cursor, token, syntax);
      pieces.push({ kind: "text", text: trimsNext ? trimStart(text) : text, span: cursor.span(token) });
      trimsNext = false;
      continue;
    }
    if (token.end - token.start === 3) trimLast(pieces);
    const before = cursor.skipNewlines(true);
    pieces.push(parseSequence(cursor, token, parseExpression));
    trimsNext = closeSequence(cursor, token);
    cursor.skipNewlines(before);
    height = Math.max(height, cursor.height);
  }
  cursor.height = height + 1;
  if (syntax.dedents) dedent(pieces);
  return buildParts(cursor, pieces);
}

function textOf(cursor: Cursor, token: Token, syntax: TemplateSyntax): string {
  const escaped = cursor.text(token);
  if (!syntax.escapes) return unescapeLine(escaped);
  return unescapeQuoted(escaped, ({ start, end, message, hint }) => {
    cursor.problem("hcl/invalid-escape", cursor.spanBetween(token.start + start, token.start + end), message, { hint });
  });
}

/** `${~` and `%{~` take the white space directly before them. */
function trimLast(pieces: Piece[]): void {
  const last = pieces.at(-1);
  if (last?.kind === "text") pieces[pieces.length - 1] = { ...last, text: trimEnd(last.text) };
}

/** Takes the end of a sequence; true when it trims what follows. */
function closeSequence(cursor: Cursor, opener: Token): boolean {
  if (cursor.lost) return false;
  const close = cursor.take("sequence-end");
  if (close) return close.end - close.start === 2;
  const what = opener.kind === "interpolation" ? "interpolation" : "directive";
  cursor.fail("hcl/extra-in-sequence", cursor.span(cursor.peek()), `expected } at the end of this ${what}`, {
    related: opensHere(`the ${what}`, cursor.span(opener)),
    hint: "close it with }, or join the values with an operator",
  });
  return false;
}

function parseSequence(cursor: Cursor, opener: Token, parseExpression: ParseExpression): Piece {
  if (opener.kind === "interpolation") {
    const expression = parseExpression(cursor);
    return { kind: "interpolation", expression, span: sequenceSpan(cursor, opener) };
  }
  const keyword = cursor.peek();
  const word = keyword.kind === "identifier" ? cursor.text(keyword) : "";
  cursor.height = 0;
  if (word === "else" || word === "endif" || word === "endfor") {
    cursor.next();
    return { kind: word, span: sequenceSpan(cursor, opener) };
  }
  if (word === "if") {
    cursor.next();
    const condition = parseExpression(cursor);
    return { kind: "if", condition, span: sequenceSpan(cursor, opener) };
  }
  if (word === "for") return parseForDirective(cursor, opener, parseExpression);
  if (cursor.take("broken")) return { kind: "text", text: "", span: cursor.span(opener) };
  const message = word === "" ? "expected a directive" : `there is no directive ${word}`;
  const hint = "the directives are if, else, endif, for and endfor; write %%{ for a plain %{";
  cursor.fail("hcl/unknown-directive", cursor.span(keyword), message, { hint });
  return { kind: "text", text: "", span: cursor.span(opener) };
}

function parseForDirective(cursor: Cursor, opener: Token, parseExpression: ParseExpression): Piece {
  cursor.next();
  const names = parseForNames(cursor);
  const collection = cursor.lost ? undefined : parseExpression(cursor);
  const span = sequenceSpan(cursor, opener);
  if (!names || !collection) return { kind: "text", text: "", span };
  return { kind: "for", ...names, collection, span };
}

export interface ForNames {
  readonly keyName?: string;
  readonly valueName: string;
}

/** `k, v in` or `v in`, the same in directives and in expressions. */
export function parseForNames(cursor: Cursor): ForNames | undefined {
  const hint = "as in: for v in list, or for k, v in map";
  const first = cursor.take("identifier");
  const comma = first && cursor.take(",");
  const second = comma && cursor.take("identifier");
  if (!first || (comma && !second)) {
    cursor.fail("hcl/invalid-for", cursor.span(cursor.peek()), "expected a name for the element", { hint });
    return undefined;
  }
  if (!cursor.atWord("in")) {
    cursor.fail("hcl/invalid-for", cursor.span(cursor.peek()), 'expected "in" and what to go through', { hint });
    return undefined;
  }
  cursor.next();
  if (!second) return { valueName: cursor.text(first) };
  return { keyName: cursor.text(first), valueName: cursor.text(second) };
}

/** From the opener up to the `}` that is not taken yet. */
function sequenceSpan(cursor: Cursor, opener: Token): Span {
  const close = cursor.peek();
  return cursor.spanBetween(
    opener.start,
    close.kind === "sequence-end" ? close.end : Math.max(opener.end, cursor.last.end),
  );
}

/**
 * Removes the least indentation of all lines from each. Works on the pieces as they are after trim marks: a line whose newline
 * before it was trimmed away does not begin there, so it neither counts nor moves; lines of white space only neither.
 */
function dedent(pieces: Piece[]): void {
  const indented: { readonly index: number; readonly piece: TextPiece }[] = [];
  let least = Number.POSITIVE_INFINITY;
  let beginsLine = true;
  for (const [index, piece] of pieces.entries()) {
    if (beginsLine) {
      const spaces = piece.kind === "text" ? indentation(piece.text) : 0;
      if (piece.kind === "text" && spaces !== undefined) indented.push({ index, piece });
      least = Math.min(least, spaces ?? least);
    }
    beginsLine = piece.kind === "text" && piece.text.endsWith("\n");
  }
  for (const { index, piece } of indented) pieces[index] = { ...piece, text: piece.text.slice(least) };
}

/** How many characters a line is indented by; undefined for a blank line. White space is one code unit a character. */
function indentation(line: string): number | undefined {
  const spaces = leadingWhiteSpace(line);
  if (spaces === line.length && line.endsWith("\n")) return undefined;
  return graphemeCount(line.slice(0, spaces));
}
