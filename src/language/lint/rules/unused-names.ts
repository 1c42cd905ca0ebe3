/** Variables, globals, functions and parameters that nothing needs. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Declarations, VariableDeclaration } from "../../../buildfile/definition/declarations.ts";
import { dependenciesOf } from "../../../buildfile/hcl/dependencies.ts";
import { isBound } from "../../walk.ts";
import { blockSites, functionSites, parametersOf, type Site } from "../declared.ts";
import { lintProblem } from "../lint-problems.ts";

/** Attributes at the top level that mean something to readers other than the language. */
const attributesOfOthers = /^(?:include|\$schema|x-.*)$/;

/** `otherwiseUsed` are variables that files of other kinds read. */
export function findUnusedNames(declarations: Declarations, otherwiseUsed: ReadonlySet<string>): readonly Diagnostic[] {
  const used = usedNames(declarations, otherwiseUsed);
  const found: Diagnostic[] = [];
  for (const { name, label } of declarations.variables.values()) {
    if (used.values.has(name)) continue;
    found.push(
      lintProblem("lint/unused-variable", {
        message: `nothing uses the variable ${JSON.stringify(name)}`,
        span: label.span,
        hint: `remove it, or use it as \${${name}}`,
      }),
    );
  }
  for (const [name, { nameSpan }] of declarations.globals) {
    if (used.values.has(name) || declarations.variables.has(name) || attributesOfOthers.test(name)) continue;
    found.push(
      lintProblem("lint/unused-global", {
        message: `nothing uses ${JSON.stringify(name)}`,
        span: nameSpan,
        hint: "remove it; attributes of targets belong between the braces of their block",
      }),
    );
  }
  for (const declaration of declarations.functions.values()) {
    const { name, label } = declaration;
    if (!used.functions.has(name)) {
      found.push(
        lintProblem("lint/unused-function", {
          message: `nothing calls the function ${JSON.stringify(name)}`,
          span: label.span,
          hint: "remove it",
        }),
      );
    }
    found.push(...unusedParameters(declaration));
  }
  return found;
}

function unusedParameters(declaration: Parameters<typeof parametersOf>[0]): readonly Diagnostic[] {
  if (declaration.result === undefined) return [];
  const read = new Set(dependenciesOf(declaration.result.value).names.map(({ name }) => name));
  return parametersOf(declaration)
    .filter(({ name }) => !read.has(name))
    .map(({ name, span }) =>
      lintProblem("lint/unused-parameter", {
        message: `the function ${JSON.stringify(declaration.name)} does not use its parameter ${JSON.stringify(name)}`,
        span,
        hint: "remove it here and where the function is called",
      }),
    );
}

interface UsedNames {
  readonly values: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

/** What targets and groups need, and what that needs in turn. Linear in the expressions: each is read once. */
function usedNames(declarations: Declarations, otherwiseUsed: ReadonlySet<string>): UsedNames {
  const values = new Set<string>();
  const functions = new Set<string>();
  const open: Site[] = declarations.blocks.flatMap(blockSites);
  const useValue = (name: string): void => {
    if (values.has(name)) return;
    values.add(name);
    open.push(...valueSites(declarations, name));
  };
  const useFunction = (name: string): void => {
    if (functions.has(name)) return;
    functions.add(name);
    const declaration = declarations.functions.get(name);
    if (declaration) open.push(...functionSites(declaration));
  };
  for (const name of otherwiseUsed) useValue(name);
  for (let site = open.pop(); site; site = open.pop()) {
    const needs = dependenciesOf(site.expression);
    for (const { name } of needs.names) if (!isBound(name, site.bound)) useValue(name);
    for (const { name } of needs.functions) useFunction(name);
  }
  return { values, functions };
}

/** A variable and a global of one name are one value. */
function valueSites({ variables, globals }: Declarations, name: string): readonly Site[] {
  const variable = variables.get(name);
  const global = globals.get(name)?.value;
  const expressions = [...(variable ? variableExpressions(variable) : []), ...(global ? [global] : [])];
  return expressions.map((expression) => ({ expression, bound: undefined }));
}

function variableExpressions({ defaultValue, validations }: VariableDeclaration) {
  const all = [defaultValue, ...validations.flatMap(({ condition, message }) => [condition, message])];
  return all.filter((expression) => expression !== undefined);
}
