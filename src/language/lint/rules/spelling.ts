/** Expressions that are written in an old or roundabout way. Only the native syntax has another one. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { printInline } from "../../../buildfile/hcl/print-expression.ts";
import type { Body, Expression, SyntaxFile } from "../../../buildfile/hcl/syntax.ts";
import { type Visit, walk } from "../../walk.ts";
import { lintProblem } from "../lint-problems.ts";

/** Beyond this an expression is not repeated in a hint. */
const longestShown = 80;

export function findOldSpellings(files: readonly SyntaxFile[]): readonly Diagnostic[] {
  return files
    .filter(({ format }) => format === "hcl")
    .flatMap(({ body }) => expressionsOf(body))
    .flatMap((expression) => [...walk(expression)].flatMap(oldSpelling));
}

function expressionsOf({ attributes, blocks }: Body): readonly Expression[] {
  return [...attributes.map(({ value }) => value), ...blocks.flatMap(({ body }) => expressionsOf(body))];
}

function oldSpelling({ node, isKey }: Visit): readonly Diagnostic[] {
  if (node.kind === "template" && !isKey) return needlessTemplate(node);
  if (node.kind === "index" && node.index.kind === "number") return dottedIndex(node);
  if (node.kind === "splat" && node.style === "attribute") {
    const hint = "write [*] instead of .*";
    return [lintProblem("lint/legacy-syntax", { message: "a splat is written with brackets", span: node.span, hint })];
  }
  return [];
}

function needlessTemplate({ parts, span }: Extract<Expression, { kind: "template" }>): readonly Diagnostic[] {
  const [only, more] = parts;
  if (only?.kind !== "interpolation" || more !== undefined || span.source.text[span.start] !== '"') return [];
  const meant = printInline(only.expression);
  const message = "this string is nothing but an interpolation";
  const hint = meant.length > longestShown ? "write what is between its braces" : `write ${meant}`;
  return [lintProblem("lint/needless-template", { message, span, hint })];
}

function dottedIndex({ index, span }: Extract<Expression, { kind: "index" }>): readonly Diagnostic[] {
  if (index.span.source.text[index.span.start - 1] !== ".") return [];
  const hint = `write [${printInline(index)}] instead of .${printInline(index)}`;
  return [lintProblem("lint/legacy-syntax", { message: "an index is written in brackets", span, hint })];
}
