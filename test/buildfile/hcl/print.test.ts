import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { printBody, printExpression } from "../../../src/buildfile/hcl/print.ts";
import type { Body, Expression } from "../../../src/buildfile/hcl/syntax.ts";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { hclInputs, jsonInputs } from "../conformance-inputs.ts";
import { arbitraryBody, arbitraryExpression } from "./arbitrary-syntax.ts";
import { withoutSpans } from "./without-spans.ts";

function reparsed(text: string): Body {
  const { value, diagnostics } = parseHcl({ name: "printed", text });
  expect(diagnostics.map(({ code, message }) => `${code}: ${message} in\n${text}`)).toEqual([]);
  return value;
}

function expectRoundTrip(body: Body): void {
  const printed = printBody(body);
  const again = reparsed(printed);
  expect(withoutSpans(again)).toEqual(withoutSpans(body));
  expect(printBody(again)).toBe(printed);
}

describe("printing and parsing again", () => {
  test("gives an equal expression", () => {
    fc.assert(
      fc.property(arbitraryExpression, (expression) => {
        const body = reparsed(`x = ${printExpression(expression)}\n`);
        expect(withoutSpans(body.attributes[0]?.value)).toEqual(withoutSpans(expression));
      }),
      { numRuns: 20000 },
    );
  });

  test("gives an equal body", () => {
    fc.assert(fc.property(arbitraryBody, expectRoundTrip), { numRuns: 200 });
  });

  test("gives an equal body for every well-formed input of the conformance suite", () => {
    const bodies = [
      ...hclInputs.map(({ name, text }) => parseHcl({ name, text })),
      ...jsonInputs.map(({ name, text }) => parseJson({ name, text })),
    ].filter(({ diagnostics }) => diagnostics.length === 0);
    expect(bodies.length).toBeGreaterThan(300);
    for (const { value } of bodies) expectRoundTrip(value);
  });
});

test("a body is printed in one canonical form", () => {
  const text = `
variable TAG { default = "dev" }
target "app" {
  tags=["a:\${TAG}","b"] # comment
  args = {A: 1, "b c" = [1,2], (TAG) = null}
  dockerfile-inline = <<-X
      FROM alpine
        RUN echo "$\${HOME}" \${ TAG }

      X
  secret = [{type="env",id="x"},{type="file",id="y"}]
  labels = {}
}
group "default" {}
n = (1+2)*-3
`;
  expect(printBody(reparsed(text))).toBe(`n = (1 + 2) * -3

variable "TAG" {
  default = "dev"
}

target "app" {
  tags = ["a:\${TAG}", "b"]
  args = {
    A = 1
    "b c" = [1, 2]
    (TAG) = null
  }
  dockerfile-inline = <<-EOT
    FROM alpine
      RUN echo "$\${HOME}" \${TAG}

  EOT
  secret = [
    { type = "env", id = "x" },
    { type = "file", id = "y" },
  ]
  labels = {}
}

group "default" {}
`);
});

const span = { source: { name: "made-up", text: "" }, start: 0, end: 0 };
const name = (text: string): Expression => ({ kind: "name", name: text, span });

test.each<readonly [string, Expression]>([
  [
    "(a + b) * c",
    {
      kind: "binary",
      operator: "*",
      operatorSpan: span,
      left: { kind: "binary", operator: "+", operatorSpan: span, left: name("a"), right: name("b"), span },
      right: name("c"),
      span,
    },
  ],
  [
    "a - (b - c)",
    {
      kind: "binary",
      operator: "-",
      operatorSpan: span,
      left: name("a"),
      right: { kind: "binary", operator: "-", operatorSpan: span, left: name("b"), right: name("c"), span },
      span,
    },
  ],
  [
    "(-a).b",
    {
      kind: "attribute",
      object: { kind: "unary", operator: "-", operand: name("a"), span },
      name: "b",
      nameSpan: span,
      span,
    },
  ],
  [
    "(a[*].b).c",
    {
      kind: "attribute",
      object: {
        kind: "splat",
        style: "full",
        object: name("a"),
        each: { kind: "attribute", object: { kind: "splat-item", span }, name: "b", nameSpan: span, span },
        span,
      },
      name: "c",
      nameSpan: span,
      span,
    },
  ],
  [
    "{ (a) = b }",
    {
      kind: "object",
      items: [{ key: { kind: "computed", expression: name("a"), span }, value: name("b"), span }],
      span,
    },
  ],
])("%s is printed for a tree that has no parentheses", (expected, tree) => {
  expect(printExpression(tree)).toBe(expected);
});
