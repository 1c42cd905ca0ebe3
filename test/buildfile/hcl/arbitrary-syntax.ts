/** Syntax trees as the parser makes them: parentheses where they are needed, no text beside text. */
import fc from "fast-check";
import { precedenceOf } from "../../../src/buildfile/hcl/operators.ts";
import type {
  BinaryOperator,
  Block,
  Body,
  Expression,
  ObjectItem,
  Template,
  TemplatePart,
} from "../../../src/buildfile/hcl/syntax.ts";

const source = { name: "made-up", text: "" };
const span = { source, start: 0, end: 0 };

const identifier = fc.oneof(
  fc.constantFrom("a", "b-1", "_x", "žluť", "for", "in", "if", "else", "endif", "e5", "名前"),
  fc.stringMatching(/^[a-z_][a-zA-Z0-9_-]{0,6}$/),
);
const variableName = identifier.filter((name) => !["true", "false", "null"].includes(name));
const number = fc
  .constantFrom("0", "007", "42", "1.50", "1e3", "2.5E-2", "123456789012345678901234567890")
  .map((text): Expression => ({ kind: "number", text, span }));
const index = fc.nat(20).map((text): Expression => ({ kind: "number", text: String(text), span }));

const text = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
    fc
      .array(
        fc.constantFrom(
          "$",
          "%",
          "{",
          "}",
          "${",
          "%{",
          "~",
          "\n",
          "  ",
          "\t",
          "\\",
          '"',
          "EOT",
          "é",
          "\r\n",
          "\u0000",
          "x",
        ),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((pieces) => pieces.join("")),
    fc
      .array(fc.constantFrom("FROM x\n", "  RUN y\n", "\n", "EOT\n", "  \n"), { minLength: 2, maxLength: 4 })
      .map((lines) => lines.join("")),
  )
  .filter((value) => !/\p{Surrogate}/u.test(value));

const operators: readonly BinaryOperator[] = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

function parenthesized(expression: Expression): Expression {
  return { kind: "parenthesized", expression, span };
}

function levelOf(expression: Expression): number {
  if (expression.kind === "conditional") return 0;
  if (expression.kind === "binary") return precedenceOf(expression.operator);
  return expression.kind === "unary" ? 10 : 11;
}

function atLeast(expression: Expression, level: number): Expression {
  return levelOf(expression) < level ? parenthesized(expression) : expression;
}

/** What `.name`, `[i]` and splats can follow directly. */
function traversable(expression: Expression): Expression {
  return expression.kind === "splat" ? parenthesized(expression) : atLeast(expression, 11);
}

/** Text merged as the parser does it, and the empty text that makes a lone interpolation a string only where it does. */
function joined(parts: readonly TemplatePart[]): readonly TemplatePart[] {
  const result: TemplatePart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.kind === "text" && last?.kind === "text")
      result[result.length - 1] = { ...last, text: last.text + part.text };
    else result.push(part);
  }
  return result;
}

/** A type, for an interface is no record of fast-check's. */
type Syntax = {
  readonly expression: Expression;
  readonly template: Template;
  readonly parts: readonly TemplatePart[];
  readonly item: ObjectItem;
  readonly each: Expression;
};

const { expression } = fc.letrec<Syntax>((tie) => ({
  parts: fc
    .array(
      fc.oneof(
        { maxDepth: 3 },
        text.map((value): TemplatePart => ({ kind: "text", text: value, span })),
        tie("expression").map((value): TemplatePart => ({ kind: "interpolation", expression: value, span })),
        fc
          .record({
            condition: tie("expression"),
            then: tie("parts"),
            otherwise: fc.option(tie("parts"), { nil: undefined }),
          })
          .map(({ condition, then, otherwise }): TemplatePart => {
            return { kind: "if", condition, then, ...(otherwise === undefined ? {} : { otherwise }), span };
          }),
        fc
          .record({
            keyName: fc.option(identifier, { nil: undefined }),
            valueName: identifier,
            collection: tie("expression"),
            body: tie("parts"),
          })
          .map(({ keyName, ...rest }): TemplatePart => {
            return { kind: "for", ...(keyName === undefined ? {} : { keyName }), ...rest, span };
          }),
      ),
      { maxLength: 4 },
    )
    .map(joined),
  template: fc.record({ parts: tie("parts"), padded: fc.boolean() }).map(({ parts, padded }): Template => {
    const lone = padded && parts.length === 1 && parts[0]?.kind === "interpolation";
    return { kind: "template", parts: lone ? [{ kind: "text", text: "", span }, ...parts] : parts, span };
  }),
  item: fc
    .record({ name: identifier, computed: fc.option(tie("expression"), { nil: undefined }), value: tie("expression") })
    .map(({ name, computed, value }): ObjectItem => {
      if (!computed) return { key: { kind: "bare", name, span }, value, span };
      const plain = computed.kind === "template" || computed.kind === "call" || computed.kind === "parenthesized";
      return { key: { kind: "computed", expression: plain ? computed : parenthesized(computed), span }, value, span };
    }),
  each: fc.array(identifier, { maxLength: 3 }).map((names) =>
    names.reduce<Expression>((object, name) => ({ kind: "attribute", object, name, nameSpan: span, span }), {
      kind: "splat-item",
      span,
    }),
  ),
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    variableName.map((name): Expression => ({ kind: "name", name, span })),
    fc.boolean().map((value): Expression => ({ kind: "boolean", value, span })),
    fc.constant<Expression>({ kind: "null", span }),
    tie("template"),
    fc.record({ object: tie("expression"), name: identifier }).map(({ object, name }): Expression => {
      return { kind: "attribute", object: traversable(object), name, nameSpan: span, span };
    }),
    fc
      .record({ object: tie("expression"), at: fc.oneof(index, tie("expression")) })
      .map(({ object, at }): Expression => {
        return { kind: "index", object: traversable(object), index: at, span };
      }),
    fc
      .record({ object: tie("expression"), each: tie("each"), full: fc.boolean() })
      .map(({ object, each, full }): Expression => {
        return { kind: "splat", style: full ? "full" : "attribute", object: traversable(object), each, span };
      }),
    fc
      .record({
        name: fc.oneof(identifier, fc.constant("ns::f")),
        args: fc.array(tie("expression"), { maxLength: 3 }),
        spread: fc.boolean(),
      })
      .map(({ name, args, spread }): Expression => {
        const spreads = spread && args.length > 0;
        return { kind: "call", name, nameSpan: span, arguments: args, spread: spreads, closeSpan: span, span };
      }),
    fc
      .record({ operator: fc.constantFrom("-", "!"), operand: tie("expression") })
      .map(({ operator, operand }): Expression => {
        return { kind: "unary", operator, operand: atLeast(operand, 10), span };
      }),
    fc
      .record({ operator: fc.constantFrom(...operators), left: tie("expression"), right: tie("expression") })
      .map(({ operator, left, right }): Expression => {
        const level = precedenceOf(operator);
        return {
          kind: "binary",
          operator,
          operatorSpan: span,
          left: atLeast(left, level),
          right: atLeast(right, level + 1),
          span,
        };
      }),
    fc
      .record({ condition: tie("expression"), then: tie("expression"), otherwise: tie("expression") })
      .map(({ condition, then, otherwise }): Expression => {
        return { kind: "conditional", condition: atLeast(condition, 1), then, otherwise, span };
      }),
    fc.array(tie("expression"), { maxLength: 3 }).map((items): Expression => ({ kind: "tuple", items, span })),
    fc.array(tie("item"), { maxLength: 3 }).map((items): Expression => ({ kind: "object", items, span })),
    fc
      .record({
        keyName: fc.option(identifier, { nil: undefined }),
        valueName: identifier,
        collection: tie("expression"),
        key: fc.option(tie("expression"), { nil: undefined }),
        value: tie("expression"),
        grouped: fc.boolean(),
        condition: fc.option(tie("expression"), { nil: undefined }),
      })
      .map(
        ({ keyName, key, condition, grouped, ...rest }): Expression => ({
          kind: "for",
          ...(keyName === undefined ? {} : { keyName }),
          ...rest,
          ...(key === undefined ? {} : { key }),
          grouped: grouped && key !== undefined,
          ...(condition === undefined ? {} : { condition }),
          span,
        }),
      ),
    tie("expression").map(parenthesized),
  ),
}));

export const arbitraryExpression: fc.Arbitrary<Expression> = expression;

const attributes = fc
  .uniqueArray(fc.record({ name: identifier, value: expression }), { selector: ({ name }) => name, maxLength: 4 })
  .map((list) => list.map((each) => ({ ...each, nameSpan: span, span })));

function bodies(depth: number): fc.Arbitrary<Body> {
  const blocks: fc.Arbitrary<readonly Block[]> =
    depth === 0
      ? fc.constant([])
      : fc.array(
          fc
            .record({
              type: identifier,
              labels: fc.array(fc.oneof(identifier, text), { maxLength: 2 }),
              body: bodies(depth - 1),
            })
            .map(({ type, labels, body }): Block => {
              return { type, typeSpan: span, labels: labels.map((label) => ({ text: label, span })), body, span };
            }),
          { maxLength: 2 },
        );
  return fc.record({ attributes, blocks }).map((body) => ({ ...body, span }));
}

export const arbitraryBody: fc.Arbitrary<Body> = bodies(2);
