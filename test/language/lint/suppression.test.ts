import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/base/diagnostic.ts";
import { withoutSuppressed } from "../../../src/language/lint/suppression.ts";
import { findingsOf } from "./findings.ts";

const target = 'target "default" {}\n';

test.each([
  ["on the line above", `# tsbake:ignore lint/unused-variable\nvariable "V" {}\n${target}`, 0],
  ["on the line", `variable "V" {} // tsbake:ignore lint/unused-variable\n${target}`, 0],
  ["in a comment of its own kind", `/* tsbake:ignore lint/unused-variable */\nvariable "V" {}\n${target}`, 0],
  [
    "among other codes",
    `# meant: tsbake:ignore lint/legacy-syntax, lint/unused-variable\nvariable "V" {}\n${target}`,
    0,
  ],
  ["of another code", `# tsbake:ignore lint/unused-function\nvariable "V" {}\n${target}`, 1],
  ["two lines above", `# tsbake:ignore lint/unused-variable\n\nvariable "V" {}\n${target}`, 1],
  ["that is no comment", `variable "V" {\n  description = "tsbake:ignore lint/unused-variable"\n}\n${target}`, 1],
])("a comment %s", (_, text, left) => {
  expect(withoutSuppressed(findingsOf(text), new Set())).toHaveLength(left);
});

test("a code can be silenced everywhere", () => {
  const found = findingsOf(`variable "V" {}\n${target}`);
  expect(withoutSuppressed(found, new Set(["lint/unused-variable"]))).toEqual([]);
});

test("errors cannot be silenced", () => {
  const source = { name: "a.hcl", text: "# tsbake:ignore hcl/semicolon\na = 1;\n" };
  const error: Diagnostic = {
    code: "hcl/semicolon",
    severity: "error",
    message: "m",
    span: { source, start: 35, end: 36 },
  };
  expect(withoutSuppressed([error], new Set(["hcl/semicolon"]))).toEqual([error]);
});
