/** Findings as SARIF 2.1.0, which code hosts and editors read. */
import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import { lineStart, positionAt, type Span } from "../../base/span.ts";
import { type LintCode, lintHelp } from "./lint-problems.ts";

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  warning: "warning",
  note: "note",
};

export function findingsAsSarif(diagnostics: readonly Diagnostic[], toolVersion: string): object {
  const rules = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const indexes = new Map(rules.map((id, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "tsbake", version: toolVersion, rules: rules.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((found) => resultOf(found, indexes.get(found.code) ?? -1)),
      },
    ],
  };
}

function ruleOf(id: string): object {
  return isLintCode(id) ? { id, shortDescription: { text: lintHelp[id] } } : { id };
}

function isLintCode(id: string): id is LintCode {
  return Object.hasOwn(lintHelp, id);
}

function resultOf({ code, severity, message, hint, span, related = [] }: Diagnostic, ruleIndex: number): object {
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: hint === undefined ? `${message}.` : `${message}. Help: ${hint}` },
    ...(span && { locations: [{ physicalLocation: locationOf(span) }] }),
    ...(related.length > 0 && {
      relatedLocations: related.map((each, id) => ({
        id,
        message: { text: each.message },
        physicalLocation: locationOf(each.span),
      })),
    }),
  };
}

function locationOf({ source, start, end }: Span): object {
  const first = positionAt(source, start).line;
  const last = positionAt(source, end).line;
  return {
    artifactLocation: { uri: uriOf(source.name) },
    region: {
      startLine: first,
      startColumn: start - lineStart(source, first) + 1,
      endLine: last,
      endColumn: end - lineStart(source, last) + 1,
    },
  };
}

/** A relative path is a relative reference, which the reader resolves against the checkout. */
function uriOf(name: string): string {
  const path = name.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  if (path.startsWith("/")) return `file://${path}`;
  return path.replace(/^(?:\.\/)+/, "");
}
