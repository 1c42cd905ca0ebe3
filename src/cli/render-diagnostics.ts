/** Diagnostics as people read them: place, sentence, the lines of source with the token underlined, what to do. */
import type { Diagnostic, Severity } from "../base/diagnostic.ts";
import { graphemeCount, lineStart, lineText, positionAt, type Span } from "../base/span.ts";
import { plural, stripControl } from "../base/text.ts";
import { plainStyle, type Style } from "./style.ts";

/** Everything that was found, errors last (nearest to the prompt), equal ones once, and a closing count when there is more than one error. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], style: Style = plainStyle): string {
  const texts = new Set(inReadingOrder(diagnostics).map((diagnostic) => renderDiagnostic(diagnostic, style)));
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const closing = errors > 1 ? `${style.bold(plural(errors, "error"))} found\n` : "";
  return [...texts].join("\n") + (closing === "" ? "" : `\n${closing}`);
}

/** One diagnostic, several lines, newline at the end. Text from files is stripped of control characters. */
export function renderDiagnostic(diagnostic: Diagnostic, style: Style = plainStyle): string {
  const paint = severityStyle(diagnostic.severity, style);
  const place = diagnostic.span ? `${style.bold(placeOf(diagnostic.span))}: ` : "";
  const lines = [
    `${place}${paint(diagnostic.severity)}: ${stripControl(diagnostic.message)} ${style.dim(`[${diagnostic.code}]`)}`,
  ];
  if (diagnostic.span) lines.push(...renderExcerpt(diagnostic.span, paint, style));
  for (const related of diagnostic.related ?? []) {
    lines.push(`  ${style.dim(`${placeOf(related.span)}:`)} ${stripControl(related.message)}`);
    lines.push(...renderExcerpt(related.span, style.dim, style));
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${style.help("help:")} ${stripControl(diagnostic.hint)}`);
  return `${lines.join("\n")}\n`;
}

/** `file:line:column`. */
export function placeOf(span: Span): string {
  const { line, column } = positionAt(span.source, span.start);
  return `${stripControl(span.source.name)}:${line}:${column}`;
}

const longestLine = 160;
const mostLines = 4;

function renderExcerpt(span: Span, paint: (text: string) => string, style: Style): string[] {
  if (span.source.text === "") return [];
  const first = positionAt(span.source, span.start);
  const last = positionAt(span.source, Math.max(span.start, span.end - 1));
  const width = String(last.line).length;
  const shown: string[] = [];
  for (let line = first.line; line <= last.line && line < first.line + mostLines; line++) {
    const text = shownLine(lineText(span.source, line));
    shown.push(`  ${style.dim(`${String(line).padStart(width)} |`)} ${text}`);
  }
  if (first.line !== last.line) return shown;
  const before = shownLine(lineText(span.source, first.line).slice(0, span.start - lineStart(span.source, first.line)));
  const length = Math.max(1, last.column - first.column + 1);
  if (graphemeCount(before) + length > longestLine) return shown;
  shown.push(
    `  ${style.dim(`${" ".repeat(width)} |`)} ${" ".repeat(graphemeCount(before))}${paint("^".repeat(length))}`,
  );
  return shown;
}

/** Tabs become a space each so that the marks below stand under their token. */
function shownLine(text: string): string {
  const clean = stripControl(text.replaceAll("\t", " "));
  return clean.length > longestLine ? `${clean.slice(0, longestLine)}…` : clean;
}

function severityStyle(severity: Severity, style: Style): (text: string) => string {
  switch (severity) {
    case "error":
      return style.error;
    case "warning":
      return style.warning;
    case "note":
      return style.dim;
  }
}

const rank: Readonly<Record<Severity, number>> = {
  note: 0,
  warning: 1,
  error: 2,
};

function inReadingOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const order = new Map<string, number>();
  for (const { span } of diagnostics) if (span && !order.has(span.source.name)) order.set(span.source.name, order.size);
  const fileOf = (diagnostic: Diagnostic) =>
    diagnostic.span ? (order.get(diagnostic.span.source.name) ?? 0) : order.size;
  return [...diagnostics].sort(
    (a, b) =>
      rank[a.severity] - rank[b.severity] || fileOf(a) - fileOf(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0),
  );
}
