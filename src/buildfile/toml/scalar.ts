/** Values of TOML that are neither strings nor collections, from the way they are written. */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import type { DataNode } from "../data/data.ts";
import { type TomlCode, tomlProblem } from "./toml-problems.ts";

const decimalPattern = /^[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const prefixedPattern = /^0(?:x[0-9a-fA-F](?:_?[0-9a-fA-F])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)$/;
const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const timePattern = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?$/;
const offsetPattern = /(?:[Zz]|[+-](\d{2}):(\d{2}))$/;

/** Numbers keep every digit; dates and times become strings in the form of RFC 3339. */
export function tomlScalar(written: string, span: Span, report: DiagnosticList): DataNode {
  if (written === "true" || written === "false") return { kind: "boolean", value: written === "true", span };
  if (/^\d{4}-|^\d{2}:/.test(written)) return dateTime(written, span, report);
  const problem = (code: TomlCode, message: string, hint: string): DataNode => {
    report.add(tomlProblem(code, span, message, { hint }));
    return { kind: "number", text: "0", span };
  };
  if (/^[+-]?(?:inf|nan)$/.test(written)) {
    return problem("toml/not-finite", `${written} has no meaning in a build file`, "write a number, or text in quotes");
  }
  const digits = written.replaceAll("_", "").replace(/^\+/, "");
  if (prefixedPattern.test(written)) {
    const value = BigInt(digits);
    return value < 1n << 63n ? { kind: "number", text: value.toString(), span } : outOfRange(problem, written);
  }
  if (!decimalPattern.test(written)) {
    return problem("toml/invalid-number", `${written} is not a number`, "text is written in quotes");
  }
  if (/^-?[0-9]+$/.test(digits) && BigInt.asIntN(64, BigInt(digits)) !== BigInt(digits))
    return outOfRange(problem, written);
  return { kind: "number", text: digits, span };
}

function outOfRange(problem: (code: TomlCode, message: string, hint: string) => DataNode, written: string): DataNode {
  return problem("toml/integer-range", `${written} does not fit into 64 bits`, "write it as text in quotes");
}

function dateTime(written: string, span: Span, report: DiagnosticList): DataNode {
  const text = written.replace(/^(\d{4}-\d{2}-\d{2})[Tt ]/, "$1T").replace(/z$/, "Z");
  if (!isDateTime(text)) {
    const hint = "as in 1979-05-27T07:32:00Z, 1979-05-27 or 07:32:00";
    report.add(tomlProblem("toml/invalid-date", span, `there is no such date or time as ${written}`, { hint }));
  }
  const content = {
    source: span.source,
    text,
    locate: (offset: number) => span.start + Math.min(offset, written.length),
  };
  return { kind: "string", content, span };
}

function isDateTime(text: string): boolean {
  const [date = "", time] = text.split("T");
  if (time === undefined) return date.includes("-") ? isDate(date) : isTime(date);
  const offset = offsetPattern.exec(time);
  const inRange = Number(offset?.[1] ?? 0) < 24 && Number(offset?.[2] ?? 0) < 60;
  return isDate(date) && isTime(time.replace(offsetPattern, "")) && inRange;
}

function isDate(text: string): boolean {
  const [, year, month, day] = datePattern.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

function isTime(text: string): boolean {
  const [, hour, minute, second] = timePattern.exec(text) ?? [];
  return hour !== undefined && Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
}
