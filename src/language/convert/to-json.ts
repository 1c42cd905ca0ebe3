/** Documents as JSON. Comments become entries named `//`, which build files in JSON skip. */
import { formatJson } from "../format/json.ts";
import type { DataValue } from "./data-value.ts";
import type { Document, Section } from "./document.ts";

export function renderJson(document: Document): string {
  return formatJson({ name: "", text: bodyText(document) }).value;
}

/** The line break after the bracket keeps bodies open when the text is laid out. */
function bodyText(document: Document): string {
  const comments = [
    ...document.comments,
    ...document.entries.flatMap((entry) => entry.comments),
    ...document.commentsAtEnd,
  ];
  const entries = [
    ...(comments.length > 0 ? [`"//": ${commentsText(comments)}`] : []),
    ...document.entries.map(({ name, value }) => `${JSON.stringify(name)}: ${valueText(value)}`),
    ...document.sections.map((section) => `${JSON.stringify(section.type)}: ${sectionText(section)}`),
  ];
  return entries.length === 0 ? "{}" : `{\n${entries.join(",")}}`;
}

function commentsText(lines: readonly string[]): string {
  const [first, second] = lines.map((line) => JSON.stringify(line));
  return first !== undefined && second === undefined
    ? first
    : `[\n${lines.map((line) => JSON.stringify(line)).join(",")}]`;
}

function sectionText({ blocks }: Section): string {
  const unnamed = blocks.get(undefined);
  if (unnamed) return documentsText(unnamed);
  return `{\n${[...blocks].map(([name, each]) => `${JSON.stringify(name)}: ${documentsText(each)}`).join(",")}}`;
}

function documentsText(documents: readonly Document[]): string {
  const [first, second] = documents.map(bodyText);
  return first !== undefined && second === undefined ? first : `[\n${documents.map(bodyText).join(",")}]`;
}

function valueText(value: DataValue): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(value.value);
    case "number":
      return value.text;
    case "string":
      return JSON.stringify(value.text);
    case "array":
      return `[${value.items.map(valueText).join(",")}]`;
    case "object":
      return `{${value.entries.map(({ key, value: entry }) => `${JSON.stringify(key)}:${valueText(entry)}`).join(",")}}`;
  }
}
