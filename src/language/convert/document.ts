/** A body in the shape in which data formats hold it: blocks of a type together, those of one name in one place. */
import { type Checked, type Diagnostic, DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import type { BodyComments } from "../../buildfile/hcl/print.ts";
import type { Attribute, Block, Body } from "../../buildfile/hcl/syntax.ts";
import { type DataValue, dataValueOf, nativeValueOf } from "./data-value.ts";

export interface Document {
  /** Lines that come before what is in it. */
  readonly comments: readonly string[];
  readonly entries: readonly DocumentEntry[];
  readonly sections: readonly Section[];
  readonly commentsAtEnd: readonly string[];
}

export interface DocumentEntry {
  readonly name: string;
  readonly value: DataValue;
  readonly comments: readonly string[];
}

/** All blocks of a type. */
export interface Section {
  readonly type: string;
  /** By label, or under undefined for blocks that have none. */
  readonly blocks: ReadonlyMap<string | undefined, readonly Document[]>;
}

/** What a data format takes for blocks, and which strings of it are in the native syntax. */
interface Shape {
  readonly blocks: ReadonlyMap<string, { readonly labels: number; readonly shape: Shape }>;
  readonly native: ReadonlySet<string>;
}

const plain: Shape = { blocks: new Map(), native: new Set() };
const rootShape: Shape = {
  blocks: new Map([
    [
      "variable",
      {
        labels: 1,
        shape: { blocks: new Map([["validation", { labels: 0, shape: plain }]]), native: new Set(["type"]) },
      },
    ],
    ["function", { labels: 1, shape: { blocks: new Map(), native: new Set(["params", "variadic_params"]) } }],
    ["target", { labels: 1, shape: plain }],
    ["group", { labels: 1, shape: plain }],
  ]),
  native: new Set(),
};

/** Blocks that mean nothing are left out, with a note. An attribute that would be read as blocks is an error. */
export function documentOf(body: Body, comments: BodyComments): Checked<Document> {
  const report = new DiagnosticList();
  const value = convert(body, { shape: rootShape, comments, report, before: comments.atStart });
  return { value, diagnostics: report.items };
}

interface Conversion {
  readonly shape: Shape;
  readonly comments: BodyComments;
  readonly report: DiagnosticList;
  /** The comments of the block the body is of. */
  readonly before: readonly string[];
}

function convert(body: Body, conversion: Conversion): Document {
  const { shape, comments, report, before } = conversion;
  const entries = body.attributes.filter(({ name, nameSpan }) => {
    if (shape.blocks.has(name)) report.add(notExpressible(name, nameSpan));
    return !shape.blocks.has(name);
  });
  return {
    comments: before,
    entries: entries.map((attribute) => ({
      name: attribute.name,
      value: entryValue(attribute, shape),
      comments: comments.before(attribute),
    })),
    sections: sectionsOf(body.blocks, conversion),
    commentsAtEnd: comments.atEnd(body),
  };
}

function entryValue({ name, value }: Attribute, shape: Shape): DataValue {
  return shape.native.has(name) ? nativeValueOf(value) : dataValueOf(value);
}

function sectionsOf(blocks: readonly Block[], conversion: Conversion): readonly Section[] {
  const sections = new Map<string, Map<string | undefined, Document[]>>();
  for (const block of blocks) {
    const known = conversion.shape.blocks.get(block.type);
    if (!known || known.labels !== block.labels.length) {
      conversion.report.add(leftOut(`the block ${block.type}`, block.typeSpan));
      continue;
    }
    const before = conversion.comments.before(block);
    const document = convert(block.body, { ...conversion, shape: known.shape, before });
    const section = sections.get(block.type) ?? new Map<string | undefined, Document[]>();
    sections.set(block.type, section);
    const label = block.labels[0]?.text;
    const documents = section.get(label) ?? [];
    // A variable counts where it was declared last.
    if (block.type === "variable") section.delete(label);
    section.set(label, [...documents, document]);
  }
  return [...sections].map(([type, each]) => ({ type, blocks: each }));
}

/** For what means nothing, or cannot be written where it should go. */
export function leftOut(what: string, span: Span): Diagnostic {
  return { code: "convert/left-out", severity: "note", message: `${what} is left out: it has no meaning`, span };
}

function notExpressible(name: string, span: Span): Diagnostic {
  return {
    code: "convert/not-expressible",
    severity: "error",
    message: `an attribute named ${name} would be read as blocks in a data format`,
    span,
    hint: "give it another name first",
  };
}
