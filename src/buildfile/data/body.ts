/** From the data of a JSON or TOML document to the body it stands for (spec section 11). */
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import { coverSpans, type Span } from "../../base/span.ts";
import { parseExpressionIn } from "../hcl/parse.ts";
import type { Attribute, Block, Body, Expression, Label } from "../hcl/syntax.ts";
import type { DataEntry, DataNode, DataString } from "./data.ts";
import { dataProblem } from "./data-problems.ts";
import { expressionOf } from "./expression.ts";

/**
 * What the format cannot say by itself: which keys of a body are blocks (with how many labels), and which values are written in the native syntax.
 */
interface BodySchema {
  readonly blocks: ReadonlyMap<string, { readonly labels: 0 | 1; readonly schema: BodySchema }>;
  /** Values that hold an expression (`list(string)`), or an array of them (`["a", "b"]`). */
  readonly native: ReadonlySet<string>;
}

const noBlocks: BodySchema["blocks"] = new Map();
const plainSchema: BodySchema = { blocks: noBlocks, native: new Set() };
const variableSchema: BodySchema = {
  blocks: new Map([["validation", { labels: 0, schema: plainSchema }]]),
  native: new Set(["type"]),
};
const functionSchema: BodySchema = { blocks: noBlocks, native: new Set(["params", "variadic_params"]) };
const rootSchema: BodySchema = {
  blocks: new Map([
    ["variable", { labels: 1, schema: variableSchema }],
    ["function", { labels: 1, schema: functionSchema }],
    ["target", { labels: 1, schema: plainSchema }],
    ["group", { labels: 1, schema: plainSchema }],
  ]),
  native: new Set(),
};

/** The body of a whole document. */
export function bodyOf(root: DataNode): Checked<Body> {
  const report = new DiagnosticList();
  const objects = root.kind === "array" ? root.items : [root];
  const entries = objects.flatMap((object) => {
    if (object.kind === "object") return object.entries;
    const hint = 'as in {"target": {"app": {"context": "."}}}';
    report.add(
      dataProblem("data/root-not-object", object.span, `a build file is an object, not ${nameOf(object)}`, { hint }),
    );
    return [];
  });
  const body = convertBody({ entries, span: root.span, schema: rootSchema, report });
  return { value: body, diagnostics: report.items };
}

interface RawBody {
  readonly entries: readonly DataEntry[];
  readonly span: Span;
  readonly schema: BodySchema;
  readonly report: DiagnosticList;
}

function convertBody({ entries, span, schema, report }: RawBody): Body {
  const attributes = new Map<string, Attribute>();
  const blocks: Block[] = [];
  for (const entry of entries) {
    const name = entry.key.content.text;
    if (name === "//") continue;
    const block = schema.blocks.get(name);
    if (block)
      blocks.push(
        ...convertBlocks({ entry, value: entry.value, labels: [], wanted: block.labels, schema: block.schema, report }),
      );
    else addAttribute(attributes, entry, schema, report);
  }
  return { attributes: [...attributes.values()], blocks, span };
}

function addAttribute(
  attributes: Map<string, Attribute>,
  { key, value }: DataEntry,
  schema: BodySchema,
  report: DiagnosticList,
): void {
  const name = key.content.text;
  const first = attributes.get(name);
  if (first) {
    const related = [{ message: "first set here", span: first.nameSpan }];
    const hint = "remove one of the two";
    report.add(dataProblem("data/duplicate-attribute", key.span, `${name} is set twice`, { related, hint }));
    return;
  }
  const expression = schema.native.has(name) ? nativeExpression(value, report) : expressionOf(value, report);
  attributes.set(name, { name, nameSpan: key.span, value: expression, span: coverSpans(key.span, value.span) });
}

interface RawBlocks {
  /** The entry that names the type. */
  readonly entry: DataEntry;
  readonly value: DataNode;
  readonly labels: readonly DataString[];
  readonly wanted: number;
  readonly schema: BodySchema;
  readonly report: DiagnosticList;
}

/** All blocks under a type's key. An array stands for each of its items, null for none. */
function convertBlocks(raw: RawBlocks): readonly Block[] {
  const { value, labels, wanted, report } = raw;
  const type = raw.entry.key.content.text;
  if (value.kind === "null") return [];
  if (value.kind === "array") return value.items.flatMap((item) => convertBlocks({ ...raw, value: item }));
  if (labels.length < wanted) {
    if (value.kind === "object") {
      const named = value.entries.filter((entry) => entry.key.content.text !== "//");
      return named.flatMap(({ key, value: body }) => convertBlocks({ ...raw, value: body, labels: [...labels, key] }));
    }
    const hint = `as in {"${type}": {"name": {…}}}`;
    report.add(
      dataProblem(
        "data/block-not-object",
        value.span,
        `${type} holds objects under their names, not ${nameOf(value)}`,
        { hint },
      ),
    );
    return [];
  }
  if (value.kind === "object") return [convertBlock(raw, value)];
  const shown = [type, ...labels.map((label) => label.content.text)].join(" ");
  const hint = "write { } around its attributes";
  report.add(
    dataProblem("data/body-not-object", value.span, `the body of ${shown} is an object, not ${nameOf(value)}`, {
      hint,
    }),
  );
  return [];
}

function convertBlock(
  { entry, labels, schema, report }: RawBlocks,
  object: DataNode & { readonly kind: "object" },
): Block {
  const { key } = entry;
  return {
    type: key.content.text,
    typeSpan: key.span,
    labels: labels.map((label): Label => ({ text: label.content.text, span: label.span })),
    body: convertBody({ entries: object.entries, span: object.span, schema, report }),
    span: coverSpans(labels[0]?.span ?? key.span, object.span),
  };
}

/** Strings as expressions of the native syntax, in arrays too; anything else as it is, for others to judge. */
function nativeExpression(value: DataNode, report: DiagnosticList): Expression {
  if (value.kind === "array") {
    return { kind: "tuple", items: value.items.map((item) => nativeExpression(item, report)), span: value.span };
  }
  if (value.kind !== "string") return expressionOf(value, report);
  const parsed = parseExpressionIn(value.content);
  report.addAll(parsed.diagnostics);
  return parsed.value;
}

function nameOf(node: DataNode): string {
  if (node.kind === "null") return "null";
  return node.kind === "array" || node.kind === "object" ? `an ${node.kind}` : `a ${node.kind}`;
}
