/** What the files declare, as the rules want it: with the names each expression finds around it. */
import type { Span } from "../../base/span.ts";
import {
  type BlockDeclaration,
  collectDeclarations,
  type Declarations,
  type FunctionDeclaration,
} from "../../buildfile/definition/declarations.ts";
import { readParameters } from "../../buildfile/definition/functions/function-parameters.ts";
import { literalString } from "../../buildfile/hcl/literal.ts";
import type { Attribute, Expression, ObjectItem, SyntaxFile } from "../../buildfile/hcl/syntax.ts";
import type { Bound } from "../walk.ts";

export interface LocalName {
  readonly name: string;
  readonly span: Span;
}

/** An expression that is evaluated, and the names its own declaration binds for it. */
export interface Site {
  readonly expression: Expression;
  readonly bound: Bound | undefined;
}

/** Declarations that are wrong have been reported when the definition was made. */
export function declarationsOf(files: readonly SyntaxFile[]): Declarations {
  return collectDeclarations(files, new Set(), new Set()).value;
}

export function parametersOf(declaration: FunctionDeclaration): readonly LocalName[] {
  const { fixed, variadic } = readParameters(declaration).value;
  return variadic === undefined ? fixed : [...fixed, variadic];
}

/** An axis that is written out; `values` is absent when its list is computed. */
export interface Axis extends LocalName {
  readonly values?: readonly Expression[];
}

/** The axes of a matrix that is written as an object; none when all of it is computed. */
export function axesOf({ attributes }: BlockDeclaration): readonly Axis[] {
  const matrix = attributes.get("matrix")?.value;
  return matrix?.kind === "object" ? matrix.items.flatMap(axisOf) : [];
}

function axisOf({ key, value }: ObjectItem): readonly Axis[] {
  const name = key.kind === "bare" ? key.name : literalString(key.expression);
  if (name === undefined) return [];
  return [{ name, span: key.span, ...(value.kind === "tuple" && { values: value.items }) }];
}

/** Where a function is evaluated. */
export function functionSites(declaration: FunctionDeclaration): readonly Site[] {
  const { result } = declaration;
  if (result === undefined) return [];
  return [{ expression: result.value, bound: bind(parametersOf(declaration), "the parameter") }];
}

/** Where the attributes of a target or group are evaluated: all but the matrix know the axes. */
export function blockSites(block: BlockDeclaration): readonly Site[] {
  const bound = bind(axesOf(block), "the matrix axis");
  return [...block.attributes.values()].map((attribute) => siteOf(attribute, bound));
}

function siteOf({ name, value }: Attribute, bound: Bound | undefined): Site {
  return { expression: value, bound: name === "matrix" ? undefined : bound };
}

function bind(names: readonly LocalName[], what: string): Bound | undefined {
  let bound: Bound | undefined;
  for (const { name, span } of names) bound = { name, what, span, outer: bound };
  return bound;
}
