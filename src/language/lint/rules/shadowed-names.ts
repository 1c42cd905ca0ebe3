/** Names that hide others. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import type { Declarations } from "../../../buildfile/definition/declarations.ts";
import { type Bound, loopNames, walk } from "../../walk.ts";
import { axesOf, blockSites, functionSites, parametersOf, type Site } from "../declared.ts";
import { lintProblem } from "../lint-problems.ts";

interface Hidden {
  readonly what: string;
  readonly span: Span;
}

export function findShadowedNames(declarations: Declarations): readonly Diagnostic[] {
  const outermost = topLevelNames(declarations);
  const found: Diagnostic[] = [];
  const report = (what: string, name: string, span: Span, hidden: Hidden | undefined): void => {
    if (hidden) found.push(shadowing(what, name, span, hidden));
  };
  for (const block of declarations.blocks) {
    for (const { name, span } of axesOf(block)) report("the matrix axis", name, span, outermost.get(name));
  }
  for (const declaration of declarations.functions.values()) {
    for (const { name, span } of parametersOf(declaration)) {
      report("the parameter", name, span, outermost.get(name));
    }
  }
  for (const site of allSites(declarations)) {
    for (const { node, bound } of walk(site.expression, site.bound)) {
      if (node.kind !== "for") continue;
      for (const name of loopNames(node)) {
        report("the loop name", name, node.span, innermost(name, bound) ?? outermost.get(name));
      }
    }
  }
  return found;
}

function shadowing(what: string, name: string, span: Span, hidden: Hidden): Diagnostic {
  return lintProblem("lint/shadowed-name", {
    message: `${what} ${JSON.stringify(name)} hides ${hidden.what} of the same name`,
    span,
    related: [{ message: `${hidden.what} is here`, span: hidden.span }],
    hint: "give one of them another name",
  });
}

function topLevelNames({ variables, globals }: Declarations): ReadonlyMap<string, Hidden> {
  const names = new Map<string, Hidden>();
  for (const [name, { nameSpan }] of globals) names.set(name, { what: "the attribute", span: nameSpan });
  for (const [name, { label }] of variables) names.set(name, { what: "the variable", span: label.span });
  return names;
}

function innermost(name: string, bound: Bound | undefined): Hidden | undefined {
  for (let scope = bound; scope; scope = scope.outer) if (scope.name === name) return scope;
  return undefined;
}

function allSites({ blocks, functions, variables, globals }: Declarations): readonly Site[] {
  const values = [...variables.values()].map(({ defaultValue }) => defaultValue);
  values.push(...[...globals.values()].map(({ value }) => value));
  return [
    ...blocks.flatMap(blockSites),
    ...[...functions.values()].flatMap(functionSites),
    ...values.flatMap((expression) => (expression ? [{ expression, bound: undefined }] : [])),
  ];
}
