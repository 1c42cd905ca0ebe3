/** One build file in another format, with the same meaning and its comments. */
import { type Checked, hasErrors } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import type { Definition } from "../../buildfile/definition.ts";
import { isIdentifier } from "../../buildfile/hcl/characters.ts";
import { type BodyComments, printBody } from "../../buildfile/hcl/print.ts";
import type { Body, BuildFileFormat, SyntaxFile } from "../../buildfile/hcl/syntax.ts";
import { format } from "../format/format.ts";
import { formatHcl } from "../format/hcl.ts";
import { parserOf } from "../recognise.ts";
import { attachComments } from "./attach-comments.ts";
import { bodyOfDefinition } from "./definition-body.ts";
import { type Document, documentOf, leftOut } from "./document.ts";
import { renderJson } from "./to-json.ts";
import { renderToml } from "./to-toml.ts";

export interface Conversion {
  readonly from: BuildFileFormat;
  readonly to: BuildFileFormat;
}

/** What the data formats cannot say themselves becomes a template. With errors in the file the text is empty. */
export function convert(source: Source, { from, to }: Conversion): Checked<string> {
  if (from === to) return format(source, from);
  const parsed = parserOf(from)(source);
  if (hasErrors(parsed.diagnostics)) return { value: "", diagnostics: parsed.diagnostics };
  const body = withoutSchema(parsed.value);
  const converted = to === "hcl" ? toHcl({ source, format: from, body }) : toData({ source, format: from, body }, to);
  return { value: converted.value, diagnostics: [...parsed.diagnostics, ...converted.diagnostics] };
}

/** A definition in a build file of its own, with its values as they came out. */
export function writeDefinition(definition: Definition, to: BuildFileFormat): string {
  const body = bodyOfDefinition(definition);
  if (to === "hcl") return formatHcl({ name: "", text: printBody(body) }).value;
  return render(documentOf(body, noComments).value, to);
}

const noComments: BodyComments = { atStart: [], before: () => [], atEnd: () => [] };

function render(document: Document, to: "json" | "toml"): string {
  return to === "json" ? renderJson(document) : renderToml(document);
}

/** `$schema` is for editors, and differs between formats. */
function withoutSchema(body: Body): Body {
  return { ...body, attributes: body.attributes.filter(({ name }) => name !== "$schema") };
}

function toHcl(file: SyntaxFile): Checked<string> {
  const comments = attachComments(file);
  const unnamed = unnameable(file.body);
  return {
    value: formatHcl({ name: "", text: printBody(file.body, comments) }).value,
    diagnostics: unnamed.map(({ name, nameSpan }) => leftOut(`the attribute ${JSON.stringify(name)}`, nameSpan)),
  };
}

/** Attributes whose names the native syntax cannot write; nothing can refer to them, and no block knows them. */
function unnameable(body: Body): Body["attributes"] {
  return [
    ...body.attributes.filter(({ name }) => !isIdentifier(name)),
    ...body.blocks.flatMap((block) => unnameable(block.body)),
  ];
}

function toData(file: SyntaxFile, to: "json" | "toml"): Checked<string> {
  const { value: document, diagnostics } = documentOf(file.body, attachComments(file));
  if (hasErrors(diagnostics)) return { value: "", diagnostics };
  return { value: render(document, to), diagnostics };
}
