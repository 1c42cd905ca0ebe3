/** The comments of a build file, whatever its format. */
import type { Source } from "../../base/span.ts";
import { stripControl } from "../../base/text.ts";
import type { DataNode } from "../../buildfile/data/data.ts";
import { scanHcl } from "../../buildfile/hcl/scan.ts";
import type { BuildFileFormat } from "../../buildfile/hcl/syntax.ts";
import { parseJsonDocument } from "../../buildfile/json/document.ts";

export interface Comment {
  /** Without the signs that make it a comment. */
  readonly lines: readonly string[];
  /** Where it begins in the text. */
  readonly start: number;
  readonly end: number;
}

/** In the order of the file. JSON has none: its entries named `//` are taken, those of plain objects, too, which are none. */
export function commentsOf(source: Source, format: BuildFileFormat): readonly Comment[] {
  switch (format) {
    case "hcl":
      return hclComments(source);
    case "json":
      return jsonComments(parseJsonDocument(source).value);
    case "toml":
      return tomlComments(source);
  }
}

function hclComments(source: Source): readonly Comment[] {
  return scanHcl(source)
    .value.filter(({ kind }) => kind === "comment")
    .map(({ start, end }) => {
      const text = source.text.slice(start, end);
      return {
        lines: text.startsWith("/*") ? blockLines(text) : [cleaned(text.replace(/^(?:#|\/\/) ?/, ""))],
        start,
        end,
      };
    });
}

/** Block comments often have a star before each line, and nothing on the first and last ones. */
function blockLines(text: string): readonly string[] {
  const lines = text
    .slice(2, -2)
    .split("\n")
    .map((line) => cleaned(line.replace(/^\s*(?:\* ?)?/, "")));
  return lines.filter((line, i) => line !== "" || (i > 0 && i < lines.length - 1));
}

function jsonComments(node: DataNode): readonly Comment[] {
  if (node.kind === "array") return node.items.flatMap(jsonComments);
  if (node.kind !== "object") return [];
  return node.entries.flatMap(({ key, value }) =>
    key.content.text === "//"
      ? [{ lines: textsOf(value).map(cleaned), start: key.span.start, end: value.span.end }]
      : jsonComments(value),
  );
}

function textsOf(value: DataNode): readonly string[] {
  if (value.kind === "string") return value.content.text.split("\n");
  if (value.kind === "array") return value.items.flatMap(textsOf);
  return value.span.source.text.slice(value.span.start, value.span.end).split("\n");
}

/** A string of any kind, or a comment. */
const tomlPiece = /"""(?:\\[\s\S]|[^\\])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*/g;

function tomlComments({ text }: Source): readonly Comment[] {
  return [...text.matchAll(tomlPiece)]
    .filter(([piece]) => piece.startsWith("#"))
    .map(({ 0: piece, index }) => ({
      lines: [cleaned(piece.replace(/^# ?/, ""))],
      start: index,
      end: index + piece.length,
    }));
}

function cleaned(line: string): string {
  return stripControl(line).trimEnd();
}
