/** The one way a build file in JSON is laid out. */
import { type Checked, hasErrors } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import type { DataArray, DataNode, DataObject } from "../../buildfile/data/data.ts";
import { parseJsonDocument } from "../../buildfile/json/document.ts";
import { parseJson } from "../../buildfile/json/parse.ts";
import { lineEndOf } from "./hcl.ts";

/** What is longer is broken into a line for each item. */
const widestLine = 100;

/**
 * The text with two spaces for each level. What was opened with a line break stays open, all else goes on one line if that is short enough.
 * Strings and numbers stay as they are written. A file with errors is given back as it is.
 */
export function formatJson(source: Source): Checked<string> {
  const { diagnostics } = parseJson(source);
  if (hasErrors(diagnostics)) return { value: source.text, diagnostics };
  const text = `${written(parseJsonDocument(source).value, { indent: "", used: 0 })}\n`;
  return { value: text.replaceAll("\n", lineEndOf(source.text)), diagnostics };
}

interface Place {
  readonly indent: string;
  /** Columns taken on the line already, by what follows the value too. */
  readonly used: number;
}

function written(node: DataNode, place: Place): string {
  if ((node.kind !== "object" && node.kind !== "array") || isEmpty(node)) return inline(node);
  const line = isOpened(node) ? undefined : inline(node);
  if (line !== undefined && place.used + line.length <= widestLine) return line;
  const indent = `${place.indent}  `;
  const items =
    node.kind === "array"
      ? node.items.map((item) => written(item, { indent, used: indent.length + 1 }))
      : node.entries.map(({ key, value }) => {
          const name = sliceOf(key);
          return `${name}: ${written(value, { indent, used: indent.length + name.length + 3 })}`;
        });
  const [open, close] = node.kind === "array" ? "[]" : "{}";
  return `${open}\n${items.map((item) => indent + item).join(",\n")}\n${place.indent}${close}`;
}

/** Whether a line break follows the opening bracket of this or of anything in it. */
function isOpened(node: DataNode): boolean {
  if (node.kind !== "object" && node.kind !== "array") return false;
  if (/^[{[][ \t\r]*\n/.test(node.span.source.text.slice(node.span.start, node.span.end)) && !isEmpty(node))
    return true;
  return valuesOf(node).some(isOpened);
}

function inline(node: DataNode): string {
  if (node.kind === "array") return `[${node.items.map(inline).join(", ")}]`;
  if (node.kind !== "object") return sliceOf(node);
  if (node.entries.length === 0) return "{}";
  return `{ ${node.entries.map(({ key, value }) => `${sliceOf(key)}: ${inline(value)}`).join(", ")} }`;
}

function isEmpty(node: DataObject | DataArray): boolean {
  return valuesOf(node).length === 0;
}

function valuesOf(node: DataObject | DataArray): readonly DataNode[] {
  return node.kind === "array" ? node.items : node.entries.map(({ value }) => value);
}

function sliceOf({ span }: DataNode): string {
  return span.source.text.slice(span.start, span.end);
}
