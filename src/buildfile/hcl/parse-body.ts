/** Bodies: attributes and blocks (spec section 4). */
import type { Cursor } from "./cursor.ts";
import { parseExpression } from "./parse-expression.ts";
import { unescapeQuoted } from "./string-literal.ts";
import type { Attribute, Block, Body, Label } from "./syntax.ts";
import { opensHere } from "./syntax-problems.ts";
import type { Token } from "./token.ts";

interface BodyItems {
  readonly attributes: Attribute[];
  readonly blocks: Block[];
  /** Those of `attributes` by name, when they are many. */
  byName?: Map<string, Attribute>;
  readonly ofFile: boolean;
}

/** A whole file. Takes everything up to the end. */
export function parseFileBody(cursor: Cursor): Body {
  const items: BodyItems = { attributes: [], blocks: [], ofFile: true };
  while (!cursor.at("end")) {
    parseItems(cursor, items);
    const stray = cursor.take("}");
    if (stray) {
      const hint = "remove it, or write the { it belongs to";
      cursor.problem("hcl/unexpected-closing", cursor.span(stray), "this } closes nothing", { hint });
    }
  }
  const { end } = cursor.peek();
  return { attributes: items.attributes, blocks: items.blocks, span: cursor.spanBetween(0, end) };
}

/** Items up to a `}` or the end, neither of which is taken. */
function parseItems(cursor: Cursor, items: BodyItems): void {
  for (;;) {
    while (cursor.take("newline"));
    if (cursor.at("}") || cursor.at("end")) return;
    const { mark } = cursor;
    parseItem(cursor, items);
    if (!cursor.lost) endItem(cursor);
    if (cursor.lost) resumeBody(cursor, mark);
    if (items.ofFile) cursor.forget();
  }
}

function resumeBody(cursor: Cursor, mark: number): void {
  cursor.resume(mark, "body");
  // Closers that close nothing belong to what is broken; only a } can be the end of this body.
  while (strayClosers.has(cursor.peek().kind)) {
    const from = cursor.mark;
    cursor.next();
    cursor.resume(from, "body");
  }
}

const strayClosers: ReadonlySet<Token["kind"]> = new Set<Token["kind"]>([
  ")",
  "]",
  "quote-close",
  "heredoc-close",
  "sequence-end",
]);

function parseItem(cursor: Cursor, items: BodyItems): void {
  const first = cursor.peek();
  if (first.kind !== "identifier") {
    unexpectedItem(cursor, first);
    return;
  }
  cursor.next();
  const second = cursor.peek();
  if (second.kind === "=") addAttribute(cursor, items, parseAttribute(cursor, first));
  else if (second.kind === "{" || second.kind === "identifier" || second.kind === "quote-open") {
    const block = parseBlock(cursor, first);
    if (block) items.blocks.push(block);
  } else if (second.kind === ":") {
    cursor.problem("hcl/expected-equals", cursor.span(second), "an attribute is set with =, not with :", {
      hint: "write = instead",
    });
    addAttribute(cursor, items, parseAttribute(cursor, first));
  } else unexpectedAfterName(cursor, first, second);
}

function unexpectedItem(cursor: Cursor, token: Token): void {
  if (token.kind === "quote-open") {
    const hint = "remove the quotes; if this is an item of a map, write = before the map's {";
    cursor.fail("hcl/quoted-name", cursor.span(token), "names of attributes are not quoted", { hint });
    return;
  }
  const hint = "write name = value, or a block: type label { … }";
  const shown = token.kind === "broken" ? "this" : cursor.text(token).split("\n", 1)[0];
  cursor.fail("hcl/expected-item", cursor.span(token), `expected an attribute or a block, found ${shown}`, { hint });
}

function unexpectedAfterName(cursor: Cursor, name: Token, found: Token): void {
  const text = cursor.text(name);
  if (found.kind === "newline" || found.kind === "end" || found.kind === "}") {
    const hint = `write ${text} = value, or ${text} { … }`;
    cursor.fail("hcl/expected-item", cursor.span(name), `${text} is neither an attribute nor a block`, { hint });
  } else {
    const hint = found.kind === "==" ? "an attribute is set with one =" : `write ${text} = value`;
    cursor.fail("hcl/expected-equals", cursor.span(found), `expected = after ${text}`, { hint });
  }
}

/** From the `=` (or what stands in its place). */
function parseAttribute(cursor: Cursor, name: Token): Attribute | undefined {
  const equals = cursor.next();
  if (cursor.at("newline") || cursor.at("end") || cursor.at("}")) {
    const hint = "write the value on this line; a list or an object can begin here and go on below";
    cursor.fail("hcl/missing-value", cursor.span(equals), `${cursor.text(name)} has no value`, { hint });
    return undefined;
  }
  const value = parseExpression(cursor);
  return { name: cursor.text(name), nameSpan: cursor.span(name), value, span: cursor.spanFrom(name.start) };
}

function addAttribute(cursor: Cursor, items: BodyItems, attribute: Attribute | undefined): void {
  if (!attribute) return;
  const { attributes } = items;
  if (attributes.length === manyAttributes) items.byName ??= new Map(attributes.map((each) => [each.name, each]));
  const first = items.byName ? items.byName.get(attribute.name) : attributeNamed(attributes, attribute.name);
  if (!first) {
    attributes.push(attribute);
    items.byName?.set(attribute.name, attribute);
    return;
  }
  cursor.problem("hcl/duplicate-attribute", attribute.nameSpan, `${attribute.name} is set twice`, {
    related: [{ message: "first set here", span: first.nameSpan }],
    hint: "remove one of the two",
  });
}

function attributeNamed(attributes: readonly Attribute[], name: string): Attribute | undefined {
  for (let i = 0; i < attributes.length; i++) if (attributes[i]?.name === name) return attributes[i];
  return undefined;
}

/** From here on looking a name up is quicker than looking at all. */
const manyAttributes = 16;

/** An attribute or a block ends with its line. */
function endItem(cursor: Cursor): void {
  const found = cursor.peek();
  if (found.kind === "newline" || found.kind === "end") return;
  const span = cursor.span(found);
  if (found.kind === "}") {
    const hint = "put the } on a line of its own";
    cursor.problem("hcl/expected-newline", span, "expected a new line before }", { hint });
  } else {
    const hint = newlineHints.get(found.kind) ?? "start a new line here";
    cursor.fail("hcl/expected-newline", span, `expected the end of the line, found ${cursor.text(found)}`, { hint });
  }
}

const newlineHints: ReadonlyMap<Token["kind"], string> = new Map<Token["kind"], string>([
  [",", "attributes are separated by line ends, not by commas"],
  ["=", "to compare values use =="],
  ["{", "a block has no = before its {"],
  [")", "this ) closes nothing"],
  ["]", "this ] closes nothing"],
]);

/** From the labels on; the type was taken. */
function parseBlock(cursor: Cursor, type: Token): Block | undefined {
  const labels = parseLabels(cursor);
  if (cursor.lost) return undefined;
  const headerEnd = cursor.last.end;
  if (!skipToBrace(cursor, type)) return undefined;
  if (!cursor.enter()) return undefined;
  const open = cursor.next();
  const items: BodyItems = { attributes: [], blocks: [], ofFile: false };
  if (cursor.at("newline") || cursor.at("end")) parseItems(cursor, items);
  else if (!cursor.at("}")) parseOnlyAttribute(cursor, items, open);
  cursor.leave();
  if (!cursor.lost && !cursor.take("}")) {
    cursor.fail("hcl/unclosed-block", cursor.span(open), `this ${cursor.text(type)} block is not closed`, {
      related: [{ message: "the block begins here", span: cursor.spanBetween(type.start, headerEnd) }],
      hint: "close it with } on a line of its own",
    });
  }
  const { attributes, blocks } = items;
  const body: Body = { attributes: attributes.slice(), blocks, span: cursor.spanFrom(open.start) };
  const span = cursor.spanFrom(type.start);
  return { type: cursor.text(type), typeSpan: cursor.span(type), labels, body, span };
}

function parseLabels(cursor: Cursor): readonly Label[] {
  const first = parseLabel(cursor);
  if (first === undefined) return [];
  const labels = [first];
  while (!cursor.lost) {
    const label = parseLabel(cursor);
    if (label === undefined) break;
    labels.push(label);
  }
  return labels;
}

function parseLabel(cursor: Cursor): Label | undefined {
  const token = cursor.peek();
  if (token.kind === "quote-open") return parseQuotedLabel(cursor);
  return token.kind === "identifier" ? { text: cursor.text(cursor.next()), span: cursor.span(token) } : undefined;
}

function parseQuotedLabel(cursor: Cursor): Label {
  const open = cursor.next();
  let text = "";
  while (!cursor.at("quote-close")) {
    const token = cursor.next();
    if (token.kind !== "text") {
      const written = cursor.text(token);
      const hint = `labels are plain text; write ${written[0]}${written} if the text holds ${written}`;
      cursor.fail("hcl/template-in-label", cursor.span(token), `${written} cannot be used in a label`, { hint });
      return { text, span: cursor.spanFrom(open.start) };
    }
    text += unescapeQuoted(cursor.text(token), ({ start, end, message, hint }) => {
      cursor.problem("hcl/invalid-escape", cursor.spanBetween(token.start + start, token.start + end), message, {
        hint,
      });
    });
  }
  cursor.next();
  return { text, span: cursor.spanFrom(open.start) };
}

/** The `{` must be on the line of the header; one on a later line is reported and used. */
function skipToBrace(cursor: Cursor, type: Token): boolean {
  if (cursor.at("{")) return true;
  const found = cursor.peek();
  const header = cursor.spanFrom(type.start);
  const text = cursor.text(type);
  const before = cursor.skipNewlines(true);
  const braceFollows = found.kind === "newline" && cursor.at("{");
  if (braceFollows) {
    const hint = "move the { to the end of this line";
    cursor.problem("hcl/expected-block-body", header, `the { of the ${text} block is on another line`, { hint });
    cursor.skipNewlines(false);
    while (cursor.take("newline"));
    return true;
  }
  cursor.skipNewlines(before);
  const ends = found.kind === "newline" || found.kind === "end";
  const hint = found.kind === "=" ? "an attribute has one name before its =" : "write { and the block's body";
  cursor.fail(
    "hcl/expected-block-body",
    ends ? header : cursor.span(found),
    `expected { after the ${text} block's labels`,
    { hint },
  );
  return false;
}

/** `{ name = value }`: the body of a block on one line. */
function parseOnlyAttribute(cursor: Cursor, items: BodyItems, open: Token): void {
  const related = opensHere("the block", cursor.span(open));
  const name = cursor.peek();
  if (name.kind !== "identifier" || cursor.peekSecond().kind !== "=") {
    const hint = "put what is in the block on lines of its own; for a map write = before its {";
    cursor.fail("hcl/one-line-block", cursor.span(name), "expected an attribute in a block on one line", {
      related,
      hint,
    });
    return;
  }
  cursor.next();
  addAttribute(cursor, items, parseAttribute(cursor, name));
  if (cursor.lost || cursor.at("}") || cursor.at("end")) return;
  const found = cursor.peek();
  const place = found.kind === "newline" ? cursor.last : found;
  const hint = "put each attribute on a line of its own; for a map write = before its {";
  cursor.fail("hcl/one-line-block", cursor.span(place), "a block on one line ends after one attribute", {
    related,
    hint,
  });
}
