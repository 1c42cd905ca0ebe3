/** What a frontend's checks found, as it says it in JSON; fields that are missing or of another type are passed over. */
import { isRecord, stringField } from "../../base/json-shape.ts";

export interface LintReport {
  /** In the order of their places. */
  readonly warnings: readonly LintWarning[];
  /** Why the checks could not go on. */
  readonly error?: { readonly message: string; readonly place?: LintPlace };
}

export interface LintWarning {
  readonly rule: string;
  readonly detail: string;
  readonly url: string;
  readonly place?: LintPlace;
}

export interface LintPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly excerpt: readonly ExcerptLine[];
}

export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  readonly marked: boolean;
}

/** undefined when it is no report. */
export function readLintReport(data: unknown): LintReport | undefined {
  if (!isRecord(data)) return undefined;
  const sources = listOf(data.sources).map(readSource);
  const warnings = listOf(data.warnings).map((each) => readWarning(each, sources));
  const error = isRecord(data.buildError) ? readError(data.buildError, sources) : undefined;
  return { warnings: warnings.sort(byPlace), ...(error === undefined ? {} : { error }) };
}

interface LintSource {
  readonly file: string;
  readonly lines: readonly string[];
}

interface LineRange {
  readonly start: number;
  readonly end: number;
}

const mostLines = 60;

function readSource(value: unknown): LintSource {
  const text = Buffer.from(stringField(value, "data") ?? "", "base64").toString("utf8");
  return { file: stringField(value, "filename") || "Dockerfile", lines: text.split("\n") };
}

function readWarning(value: unknown, sources: readonly LintSource[]): LintWarning {
  return {
    rule: stringField(value, "ruleName") ?? "",
    detail: stringField(value, "detail") || (stringField(value, "description") ?? ""),
    url: stringField(value, "url") ?? "",
    ...placeOf(value, sources),
  };
}

function readError(value: unknown, sources: readonly LintSource[]): NonNullable<LintReport["error"]> {
  return { message: stringField(value, "message") || "the checks ended early", ...placeOf(value, sources) };
}

function placeOf(value: unknown, sources: readonly LintSource[]): { readonly place?: LintPlace } {
  const location = isRecord(value) ? value.location : undefined;
  if (!isRecord(location)) return {};
  const index = location.sourceIndex ?? 0;
  const source = typeof index === "number" ? sources[index] : undefined;
  const ranges = listOf(location.ranges).flatMap(readRange);
  const line = Math.min(...ranges.map(({ start }) => start));
  if (source === undefined || line < 1 || line > source.lines.length) return {};
  return { place: { file: source.file, line, excerpt: cutExcerpt(source.lines, ranges) } };
}

function readRange(value: unknown): readonly LineRange[] {
  const start = lineOf(value, "start");
  return start === undefined ? [] : [{ start, end: Math.max(start, lineOf(value, "end") ?? start) }];
}

function lineOf(value: unknown, side: string): number | undefined {
  const position = isRecord(value) ? value[side] : undefined;
  return isRecord(position) && typeof position.line === "number" ? position.line : undefined;
}

/** One blamed line with two around it on each side, several with one. */
function cutExcerpt(lines: readonly string[], ranges: readonly LineRange[]): readonly ExcerptLine[] {
  const first = Math.min(...ranges.map(({ start }) => start));
  const last = Math.min(lines.length, Math.max(...ranges.map(({ end }) => end)));
  const around = first === last ? 2 : 1;
  const from = Math.max(1, first - around);
  const to = Math.min(lines.length, last + around, first + mostLines);
  return lines.slice(from - 1, to).map((text, index) => {
    const number = from + index;
    return { number, text, marked: ranges.some(({ start, end }) => number >= start && number <= end) };
  });
}

/** Warnings without a place come first. */
function byPlace(a: LintWarning, b: LintWarning): number {
  if (a.place === undefined || b.place === undefined)
    return Number(b.place === undefined) - Number(a.place === undefined);
  if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1;
  return a.place.line - b.place.line;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
