/** What an expression may need, found without evaluating it (spec bake-language, section 12). */
import { coverSpans, type Span } from "../../base/span.ts";
import { literalString } from "./literal.ts";
import type { ReferenceStep } from "./scope.ts";
import type { Expression, Name, ObjectItem, TemplatePart } from "./syntax.ts";

export interface NameUse {
  readonly name: string;
  /** The first use. */
  readonly span: Span;
}

/** A chain of literal steps over a free name, `target.x.args`: a reference where the root is a kind of block. */
export interface ReferenceUse {
  readonly root: string;
  readonly steps: readonly ReferenceStep[];
  readonly span: Span;
}

export interface Dependencies {
  /** Every free name once, in order of appearance; names bound by `for` are not free. */
  readonly names: readonly NameUse[];
  /** Every function called, once. */
  readonly functions: readonly NameUse[];
  /** Every chain of one step or more over a free name, and free names alone (no steps). */
  readonly references: readonly ReferenceUse[];
}

export function dependenciesOf(expression: Expression): Dependencies {
  const search = new Search();
  search.run(expression);
  return {
    names: [...search.names.values()],
    functions: [...search.functions.values()],
    references: search.references,
  };
}

/** The steps over `root` that are written out, from the innermost: names, literal strings and numbers. */
export function literalStep(expression: Expression): ReferenceStep | undefined {
  if (expression.kind === "attribute") return { name: expression.name, span: expression.nameSpan };
  if (expression.kind !== "index") return undefined;
  const { index } = expression;
  const name = index.kind === "number" ? index.text : literalString(index);
  return name === undefined ? undefined : { name, span: index.span };
}

/** Names that loops bind, innermost first. */
interface Bound {
  readonly names: readonly (string | undefined)[];
  readonly outer: Bound | undefined;
}

interface Task {
  readonly node: Expression | TemplatePart;
  readonly bound: Bound | undefined;
}

/** Walks with a stack of its own, last task first: chains of operators are as deep as they are long. */
class Search {
  readonly names = new Map<string, NameUse>();
  readonly functions = new Map<string, NameUse>();
  readonly references: ReferenceUse[] = [];
  readonly #tasks: Task[] = [];

  run(expression: Expression): void {
    this.#plan([expression], undefined);
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) this.#visit(task.node, task.bound);
  }

  #plan(nodes: readonly (Expression | TemplatePart | undefined)[], bound: Bound | undefined): void {
    for (const node of nodes.toReversed()) if (node) this.#tasks.push({ node, bound });
  }

  #visit(node: Expression | TemplatePart, bound: Bound | undefined): void {
    switch (node.kind) {
      case "name":
        this.#name(node, [], bound);
        break;
      case "attribute":
      case "index":
        this.#chain(node, bound);
        break;
      case "for":
        this.#loop(node, bound);
        break;
      case "call":
        if (!this.functions.has(node.name)) this.functions.set(node.name, { name: node.name, span: node.nameSpan });
        this.#plan(node.arguments, bound);
        break;
      default:
        this.#plan(children(node), bound);
    }
  }

  #loop(node: Extract<Expression | TemplatePart, { kind: "for" }>, outer: Bound | undefined): void {
    const bound: Bound = { names: [node.keyName, node.valueName], outer };
    const inner = "body" in node ? node.body : [node.condition, node.key, node.value];
    this.#plan(inner, bound);
    this.#plan([node.collection], outer);
  }

  /** A traversal: its root with the literal steps on it, and the expressions in its brackets. */
  #chain(outermost: Expression, bound: Bound | undefined): void {
    const links: Expression[] = [];
    let root = outermost;
    while (root.kind === "attribute" || root.kind === "index") {
      links.push(root);
      root = root.object;
    }
    links.reverse();
    const computed = links.flatMap((link) => (link.kind === "index" ? [link.index] : []));
    this.#plan(computed, bound);
    if (root.kind !== "name") {
      this.#plan([root], bound);
      return;
    }
    const steps = links.map(literalStep);
    const end = steps.indexOf(undefined);
    const literal = (end === -1 ? steps : steps.slice(0, end)).filter((step) => step !== undefined);
    this.#name(root, literal, bound);
  }

  #name(node: Name, steps: readonly ReferenceStep[], bound: Bound | undefined): void {
    for (let loop = bound; loop; loop = loop.outer) if (loop.names.includes(node.name)) return;
    if (!this.names.has(node.name)) this.names.set(node.name, { name: node.name, span: node.span });
    const last = steps.at(-1);
    this.references.push({ root: node.name, steps, span: last ? coverSpans(node.span, last.span) : node.span });
  }
}

function children(node: Expression | TemplatePart): readonly (Expression | TemplatePart)[] {
  switch (node.kind) {
    case "template":
      return node.parts;
    case "interpolation":
    case "parenthesized":
      return [node.expression];
    case "if":
      return [node.condition, ...node.then, ...(node.otherwise ?? [])];
    case "splat":
      return [node.object, node.each];
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "conditional":
      return [node.condition, node.then, node.otherwise];
    case "tuple":
      return node.items;
    case "object":
      return node.items.flatMap(itemExpressions);
    default:
      return [];
  }
}

function itemExpressions(item: ObjectItem): readonly Expression[] {
  return item.key.kind === "computed" ? [item.key.expression, item.value] : [item.value];
}
