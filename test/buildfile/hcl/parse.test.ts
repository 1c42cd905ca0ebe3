import { describe, expect, test } from "vitest";
import { positionAt, type Span } from "../../../src/base/span.ts";
import { parseExpression, parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { Body, Expression } from "../../../src/buildfile/hcl/syntax.ts";

function parse(text: string): Body {
  const { value, diagnostics } = parseHcl({ name: "x.hcl", text });
  expect(diagnostics).toEqual([]);
  return value;
}

/** An expression with every grouping written out. */
function grouped(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return expression.text;
    case "boolean":
      return String(expression.value);
    case "null":
      return "null";
    case "name":
      return expression.name;
    case "binary":
      return `(${grouped(expression.left)}${expression.operator}${grouped(expression.right)})`;
    case "unary":
      return `(${expression.operator}${grouped(expression.operand)})`;
    case "conditional":
      return `(${[expression.condition, expression.then, expression.otherwise].map(grouped).join("?")})`;
    case "parenthesized":
      return grouped(expression.expression);
    case "attribute":
      return `(${grouped(expression.object)}.${expression.name})`;
    case "index":
      return `(${grouped(expression.object)}[${grouped(expression.index)}])`;
    case "splat":
      return `${grouped(expression.object)}${expression.style === "full" ? "[*]" : ".*"}{${grouped(expression.each)}}`;
    case "splat-item":
      return "@";
    case "call":
      return `${expression.name}(${expression.arguments.map(grouped).join(",")}${expression.spread ? "..." : ""})`;
    case "tuple":
      return `[${expression.items.map(grouped).join(",")}]`;
    default:
      return expression.kind;
  }
}

describe("expressions are grouped by precedence", () => {
  test.each([
    ["1 + 2 * 3 - 4", "((1+(2*3))-4)"],
    ["20 / 2 / 5", "((20/2)/5)"],
    ["a || b && c == d < e + f * -g", "(a||(b&&(c==(d<(e+(f*(-g)))))))"],
    ["!a.b && -c[0]", "((!(a.b))&&(-(c[0])))"],
    ["a ? b : c ? d : e", "(a?b?(c?d?e))"],
    ["a ? b ? c : d : e", "(a?(b?c?d)?e)"],
    ["a == b ? c : d", "((a==b)?c?d)"],
    ["n -1", "(n-1)"],
    ["n-1", "n-1"],
    ["- -a", "(-(-a))"],
    ["a.b.0.c[d]", "((((a.b)[0]).c)[d])"],
    ["a[*].b[0].c", "a[*]{(((@.b)[0]).c)}"],
    ["a[*].b[*].c", "a[*]{(@.b)[*]{(@.c)}}"],
    ["a.*.b.0.c[1]", "(a.*{(((@.b)[0]).c)}[1])"],
    ["f(a, b...)", "f(a,b...)"],
    ["f (\n1,\n)", "f(1)"],
    ["ns::f(1)[0]", "(ns::f(1)[0])"],
    ["true(1)", "true(1)"],
    ["true.a", "(true.a)"],
    ["1.e5", "1e5"],
  ])("%s", (text, expected) => {
    const value = parse(`x = ${text}\n`).attributes[0]?.value;
    expect(value && grouped(value)).toBe(expected);
  });
});

test("keywords are names wherever they are no keywords", () => {
  const text =
    'for = 1\nin = for\nif = in\na = { for = 1, null: 2, true = 3 }\nb = [for]\nc = [for for in in : if if if]\nd = "%{ if if }%{ endif }"\n';
  expect(parse(text).attributes.map(({ value }) => value.kind)).toEqual([
    "number",
    "name",
    "name",
    "object",
    "tuple",
    "for",
    "template",
  ]);
});

test("bodies hold attributes and blocks with their labels", () => {
  const body = parse('a = 1 # c\nb "x\\u002dy" z {\n  c {}\n  d = 2 /* e */\n}\nf { g = [\n1] }\n');
  expect(body.attributes.map(({ name }) => name)).toEqual(["a"]);
  expect(body.blocks.map(({ type, labels }) => [type, ...labels.map(({ text }) => text)])).toEqual([
    ["b", "x-y", "z"],
    ["f"],
  ]);
  expect(body.blocks[0]?.body.blocks[0]?.type).toBe("c");
  expect(body.blocks[1]?.body.attributes[0]?.name).toBe("g");
});

test("every node spans what it is written as", () => {
  const text = 'b "l" {\n  a = f(x.y[0], "p${q}") + 1\n}\n';
  const written = ({ source, start, end }: Span): string => source.text.slice(start, end);
  const block = parse(text).blocks[0];
  const attribute = block?.body.attributes[0];
  const sum = attribute?.value;
  if (!block || !attribute || sum?.kind !== "binary" || sum.left.kind !== "call")
    throw new Error("not what was written");
  const [access, template] = sum.left.arguments;
  if (access?.kind !== "index" || template?.kind !== "template") throw new Error("not what was written");
  expect(
    [block.span, block.typeSpan, block.labels[0]?.span, block.body.span].map((span) => span && written(span)),
  ).toEqual([text.trimEnd(), "b", '"l"', text.slice(text.indexOf("{"), -1)]);
  expect([attribute.span, attribute.nameSpan, sum.span, sum.operatorSpan, sum.left.span].map(written)).toEqual([
    'a = f(x.y[0], "p${q}") + 1',
    "a",
    'f(x.y[0], "p${q}") + 1',
    "+",
    'f(x.y[0], "p${q}")',
  ]);
  expect([sum.left.nameSpan, sum.left.closeSpan, access.span, access.object.span, template.span].map(written)).toEqual([
    "f",
    ")",
    "x.y[0]",
    "x.y",
    '"p${q}"',
  ]);
  expect(template.parts.map((part) => written(part.span))).toEqual(["p", "${q}"]);
});

test("a byte order mark is skipped", () => {
  const { value } = parseHcl({ name: "x.hcl", text: "\ufeffa = 1\n" });
  expect(value.attributes[0]?.name).toBe("a");
});

test("an expression is parsed from the middle of a source", () => {
  const source = { name: "x", text: "type: list(\nstring\n) !" };
  const { value, diagnostics } = parseExpression(source, { start: 6, end: 20 });
  expect(diagnostics).toEqual([]);
  expect(value).toMatchObject({ kind: "call", name: "list", span: { start: 6, end: 20 } });
  expect(positionAt(source, value.kind === "call" ? (value.arguments[0]?.span.start ?? 0) : 0)).toEqual({
    line: 2,
    column: 1,
  });
});
