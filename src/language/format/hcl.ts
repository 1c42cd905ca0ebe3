/** The one way a build file in the native syntax is laid out. */
import { type Checked, hasErrors } from "../../base/diagnostic.ts";
import { graphemeCount, type Source } from "../../base/span.ts";
import { parseHcl } from "../../buildfile/hcl/parse.ts";
import { scanHcl } from "../../buildfile/hcl/scan.ts";
import { type LaidOutLine, layOut } from "./layout.ts";
import { linesOf } from "./word.ts";

/**
 * The text with two spaces for each level, `=` and comments of neighbours lined up, one space between words and one blank line at most.
 * Only white space between words changes: line breaks, strings, heredocs and comments stay. A file with errors is given back as it is.
 */
export function formatHcl(source: Source): Checked<string> {
  const { diagnostics } = parseHcl(source);
  if (hasErrors(diagnostics)) return { value: source.text, diagnostics };
  const lines = layOut(linesOf(source, scanHcl(source).value));
  const heads = padded(lines, (line) => (line.value === undefined ? undefined : line.head));
  const contents = lines.map((line, i) => (line.value === undefined ? line.head : `${heads[i]} ${line.value}`));
  const beforeComments = padded(lines, (line, i) => (line.comment === undefined ? undefined : contents[i]));
  const lineEnd = lineEndOf(source.text);
  const text = lines.map((line, i) => {
    const written = line.comment === undefined ? contents[i] : `${beforeComments[i]} ${line.comment}`;
    return `${written === "" ? "" : "  ".repeat(line.indent)}${written}${lineEnd}`;
  });
  return { value: text.join(""), diagnostics };
}

/** `\r\n` when that ends the first line. */
export function lineEndOf(text: string): "\n" | "\r\n" {
  const first = text.indexOf("\n");
  return first > 0 && text[first - 1] === "\r" ? "\r\n" : "\n";
}

/** The texts, those of neighbours on one level padded to the same width; lines without one have undefined and part neighbours. */
function padded(
  lines: readonly LaidOutLine[],
  textOf: (line: LaidOutLine, index: number) => string | undefined,
): readonly (string | undefined)[] {
  const texts = lines.map(textOf);
  const widths = texts.map((text) => (text === undefined ? 0 : widthOf(text)));
  const result: (string | undefined)[] = [];
  for (let start = 0; start < lines.length; ) {
    let end = start + 1;
    while (texts[start] !== undefined && texts[end] !== undefined && lines[end]?.indent === lines[start]?.indent) end++;
    const width = widths.slice(start, end).reduce((widest, each) => Math.max(widest, each), 0);
    for (let i = start; i < end; i++) {
      const text = texts[i];
      result.push(text === undefined ? undefined : text + " ".repeat(width - (widths[i] ?? 0)));
    }
    start = end;
  }
  return result;
}

/** The width of the last line of a text, which is where the next word goes. */
function widthOf(text: string): number {
  return graphemeCount(text.slice(text.lastIndexOf("\n") + 1));
}
