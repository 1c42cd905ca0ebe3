/** Every expression in an expression, with the names that are bound where it stands. */
import type { Span } from "../base/span.ts";
import type { Expression, ObjectItem, TemplatePart } from "../buildfile/hcl/syntax.ts";

/** A name that an enclosing scope binds; scopes are linked from the innermost outwards. */
export interface Bound {
  readonly name: string;
  /** What binds it, for people: `the matrix axis`, `the parameter`, `the loop name`. */
  readonly what: string;
  readonly span: Span;
  readonly outer: Bound | undefined;
}

export type SyntaxNode = Expression | TemplatePart;
type Loop = Extract<SyntaxNode, { kind: "for" }>;

export interface Visit {
  readonly node: SyntaxNode;
  readonly bound: Bound | undefined;
  /** The key of an object. */
  readonly isKey: boolean;
}

/** Outer nodes before inner ones. Walks with a stack of its own: chains of operators are as deep as they are long. */
export function* walk(root: SyntaxNode, bound?: Bound): Generator<Visit> {
  const open: Visit[] = [{ node: root, bound, isKey: false }];
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    yield visit;
    for (const inner of innerVisits(visit).toReversed()) open.push(inner);
  }
}

/** The names a loop binds, none of them outside of it. */
export function loopNames(loop: Loop): readonly string[] {
  return loop.keyName === undefined ? [loop.valueName] : [loop.keyName, loop.valueName];
}

export function isBound(name: string, bound: Bound | undefined): boolean {
  for (let scope = bound; scope; scope = scope.outer) if (scope.name === name) return true;
  return false;
}

function innerVisits({ node, bound }: Visit): readonly Visit[] {
  if (node.kind !== "for") {
    const keys = node.kind === "object" ? node.items.flatMap(keyExpressions) : [];
    return [
      ...keys.map((key) => ({ node: key, bound, isKey: true })),
      ...childrenOf(node).map((child) => ({ node: child, bound, isKey: false })),
    ];
  }
  let within = bound;
  for (const name of loopNames(node)) within = { name, what: "the loop name", span: node.span, outer: within };
  const body: readonly (SyntaxNode | undefined)[] = "body" in node ? node.body : [node.key, node.value, node.condition];
  return [
    { node: node.collection, bound, isKey: false },
    ...body.flatMap((child) => (child ? [{ node: child, bound: within, isKey: false }] : [])),
  ];
}

function childrenOf(node: Exclude<SyntaxNode, Loop>): readonly SyntaxNode[] {
  switch (node.kind) {
    case "template":
      return node.parts;
    case "interpolation":
    case "parenthesized":
      return [node.expression];
    case "if":
      return [node.condition, ...node.then, ...(node.otherwise ?? [])];
    case "attribute":
      return [node.object];
    case "index":
      return [node.object, node.index];
    case "splat":
      return [node.object, node.each];
    case "call":
      return node.arguments;
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "conditional":
      return [node.condition, node.then, node.otherwise];
    case "tuple":
      return node.items;
    case "object":
      return node.items.map(({ value }) => value);
    case "number":
    case "boolean":
    case "null":
    case "text":
    case "name":
    case "splat-item":
      return [];
  }
}

function keyExpressions({ key }: ObjectItem): readonly Expression[] {
  return key.kind === "computed" ? [key.expression] : [];
}
