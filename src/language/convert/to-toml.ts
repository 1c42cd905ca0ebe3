/** Documents as TOML: a table for each block, and one for each object of more than one entry. */
import type { DataValue } from "./data-value.ts";
import type { Document, DocumentEntry } from "./document.ts";
import { tomlInline, tomlKey, tomlMultiline } from "./toml-value.ts";

/** What is longer is broken into a line for each item, or becomes a table. */
const widestLine = 100;

export function renderToml(document: Document): string {
  const chunks = documentChunks(document, []);
  return chunks.length === 0 ? "" : `${chunks.join("\n\n")}\n`;
}

/** A header with its keys each; `path` is empty for the whole file. */
function documentChunks(document: Document, path: readonly string[], isRepeated = false): readonly string[] {
  const inTable = path.length === 0 ? document.entries : document.entries.filter((entry) => !isTable(entry));
  const header = isRepeated ? `[[${pathText(path)}]]` : `[${pathText(path)}]`;
  const lines = [
    ...(path.length === 0 ? [] : [...commentLines(document.comments), header]),
    ...inTable.flatMap(entryLines),
  ];
  const tables = document.entries.filter((entry) => !inTable.includes(entry));
  const end = commentLines(document.commentsAtEnd);
  const sections = document.sections.flatMap(({ type, blocks }) =>
    [...blocks].flatMap(([name, each]) => {
      const inner = [...path, type, ...(name === undefined ? [] : [name])];
      return each.flatMap((block) => documentChunks(block, inner, each.length > 1 || name === undefined));
    }),
  );
  const aboutFile = path.length === 0 ? commentLines(document.comments) : [];
  return [
    ...(aboutFile.length === 0 ? [] : [aboutFile.join("\n")]),
    ...(lines.length === 0 ? [] : [lines.join("\n")]),
    ...tables.map((entry) => tableChunk(entry, path)),
    ...sections,
    ...(end.length === 0 ? [] : [end.join("\n")]),
  ];
}

function isTable({ name, value }: DocumentEntry): boolean {
  if (value.kind !== "object" || value.entries.length === 0) return false;
  return value.entries.length > 1 || tomlKey(name).length + tomlInline(value).length + 3 > widestLine;
}

function tableChunk({ name, value, comments }: DocumentEntry, path: readonly string[]): string {
  const entries = value.kind === "object" ? value.entries : [];
  return [
    ...commentLines(comments),
    `[${pathText([...path, name])}]`,
    ...entries.map(({ key, value: entry }) => line(key, entry)),
  ].join("\n");
}

function entryLines({ name, value, comments }: DocumentEntry): readonly string[] {
  return [...commentLines(comments), line(name, value)];
}

function line(name: string, value: DataValue): string {
  const key = `${tomlKey(name)} = `;
  const inline = tomlInline(value);
  if (value.kind === "string") return key + (tomlMultiline(value.text) ?? inline);
  if (value.kind !== "array" || value.items.length === 0 || key.length + inline.length <= widestLine)
    return key + inline;
  return `${key}[\n${value.items.map((item) => `  ${tomlInline(item)},\n`).join("")}]`;
}

function pathText(path: readonly string[]): string {
  return path.map(tomlKey).join(".");
}

function commentLines(comments: readonly string[]): readonly string[] {
  return comments.map((comment) => `# ${comment}`.trimEnd());
}
