/** YAML documents with places. Loads the YAML parser, so import it only when a file asks for it. */
import { Composer, type CST, type Document, Parser } from "yaml";
import { type Checked, DiagnosticList } from "../../../base/diagnostic.ts";
import type { Source } from "../../../base/span.ts";
import { composeProblem } from "../compose-problems.ts";
import type { ComposeNode } from "../node.ts";
import { readDocument } from "./read-document.ts";
import { syntaxDiagnostic } from "./yaml-failure.ts";

/** The parser recurses; deeper texts would end the process. */
const deepest = 100;

/** The documents of a text that have content. With errors the documents hold what could be made out. */
export function parseYaml(source: Source): Checked<readonly ComposeNode[]> {
  const report = new DiagnosticList();
  const tokens = [...new Parser().parse(source.text)];
  const tooDeep = findTooDeep(tokens);
  if (tooDeep !== undefined) {
    const span = { source, start: tooDeep, end: Math.min(tooDeep + 1, source.text.length) };
    report.add(composeProblem("compose/too-deep", span, `lists and maps are nested more than ${deepest} levels deep`));
    return { value: [], diagnostics: report.items };
  }
  const documents = compose(tokens);
  for (const { errors } of documents) {
    // One mistake makes the parser stumble on: what it says first is what is wrong.
    const [first] = errors;
    if (first) report.add(syntaxDiagnostic(source, first));
  }
  if (report.hasErrors) return { value: [], diagnostics: report.items };
  const nodes = documents.flatMap((document) => readDocument(document, source, report) ?? []);
  return { value: nodes, diagnostics: report.items };
}

/** Scalars stay text; what they mean, and whether keys repeat, is decided by the reader. */
function compose(tokens: readonly CST.Token[]): readonly Document.Parsed[] {
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  return [...composer.compose(tokens)];
}

/** The offset at which the nesting gets too deep. Needs no stack of its own: the text may have been made to exhaust it. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const left: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { token, depth } = next;
    if (depth > deepest) return token.offset;
    if (token.type === "document" && token.value) left.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key) left.push({ token: key, depth: depth + 1 });
      if (value) left.push({ token: value, depth: depth + 1 });
    }
  }
  return undefined;
}
