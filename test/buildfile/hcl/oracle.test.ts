/**
 * hcl2-parser is HashiCorp's parser (v2.10), translated: an independent opinion on which files are well-formed and what they hold. It
 * converts what it parsed to JSON, and fails in the conversion of some well-formed files; those are told apart by how it fails.
 */
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { Body, Expression } from "../../../src/buildfile/hcl/syntax.ts";
import { hclInputs } from "../conformance-inputs.ts";
import { wellFormedness } from "./well-formedness.ts";

const oracle: { readonly parseToString: (text: string) => readonly [string, unknown] } = createRequire(import.meta.url)(
  "hcl2-parser",
);

/** The JSON of a file; undefined when it is malformed, null when it is well-formed but cannot be converted. */
function oracleJson(text: string): unknown {
  try {
    const [json, error] = oracle.parseToString(text);
    return error === null ? JSON.parse(json) : undefined;
  } catch {
    return null;
  }
}

/** Where we mean to differ: the text, and why. */
const differences: ReadonlyMap<string, string> = new Map([
  ["a = { for = 1 }", "for is a keyword only before a name"],
  ["a = {for: 1}", "for is a keyword only before a name"],
  ["a = [for]", "for is a keyword only before a name"],
  ["a = <<E\nx\nE", "a marker needs no newline when it ends the file"],
  ["a = <<E\nx\ry\nE\n", "a carriage return alone is text"],
  ["a = {b.c = 1}", "the peer refuses such keys, too, but when it evaluates them"],
  ["a = {b[0] = 1}", "the peer refuses such keys, too, but when it evaluates them"],
  ["a = ns::f(1)", "later versions parse namespaces, too"],
  ["a = x[\n*\n]", "newlines mean nothing in brackets"],
]);

test("every input of the conformance suite is well-formed for both or for neither, and holds the same", {
  timeout: 120_000,
}, () => {
  let compared = 0;
  for (const text of new Set(hclInputs.map((input) => input.text))) {
    const { value, diagnostics } = parseHcl({ name: "input", text });
    const theirs = oracleJson(text);
    expect({ text, wellFormed: diagnostics.length === 0 }).toEqual({ text, wellFormed: theirs !== undefined });
    if (diagnostics.length > 0 || theirs === null) continue;
    const expected = comparable(theirs, bodyJson(value));
    expect(bodyJson(value)).toEqual(expected);
    compared++;
  }
  expect(compared).toBeGreaterThan(500);
});

test.each(wellFormedness)("%j is well-formed for both or for neither", (text) => {
  const ours = parseHcl({ name: "input", text }).diagnostics.length === 0;
  const theirs = oracleJson(text) !== undefined;
  expect(ours === theirs).toBe(!differences.has(text));
});

const unknown = "(not a literal)";

/** A body in the form the oracle prints: blocks in arrays under their labels; what is no literal left out of account. */
function bodyJson(body: Body): unknown {
  const result: Record<string, unknown> = {};
  for (const { name, value } of body.attributes) result[name] = expressionJson(value);
  for (const { type, labels, body: inner } of body.blocks) {
    let at = result;
    for (const key of [type, ...labels.map((label) => label.text)].slice(0, -1)) at = childOf(at, key);
    const last = labels.at(-1)?.text ?? type;
    const list = at[last];
    if (Array.isArray(list)) list.push(bodyJson(inner));
    else at[last] = [bodyJson(inner)];
  }
  return result;
}

function childOf(object: Record<string, unknown>, key: string): Record<string, unknown> {
  const child: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object[key] ?? {})) child[name] = value;
  object[key] = child;
  return child;
}

function expressionJson(expression: Expression): unknown {
  switch (expression.kind) {
    case "number":
      return Number(expression.text);
    case "boolean":
      return expression.value;
    case "null":
      return null;
    case "tuple":
      return expression.items.map(expressionJson);
    case "template": {
      const parts = expression.parts.map((part) => {
        if (part.kind === "text") return /[$%]\{/.test(part.text) ? undefined : part.text;
        if (part.kind !== "interpolation" || expression.parts.length === 1) return undefined;
        const { source, start, end } = part.expression.span;
        return part.expression.kind === "template" ? undefined : `\${${source.text.slice(start, end)}}`;
      });
      return parts.includes(undefined) ? unknown : parts.join("").normalize("NFC");
    }
    default:
      return unknown;
  }
}

/** Their value, with our mark wherever ours is no literal. */
function comparable(theirs: unknown, ours: unknown): unknown {
  if (ours === unknown) return unknown;
  if (Array.isArray(theirs) && Array.isArray(ours)) return theirs.map((item, index) => comparable(item, ours[index]));
  if (isRecord(theirs) && isRecord(ours)) {
    return Object.fromEntries(Object.entries(theirs).map(([key, value]) => [key, comparable(value, ours[key])]));
  }
  return theirs;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
