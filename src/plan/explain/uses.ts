/** The names an expression uses, and where their values came from. */
import type { Span } from "../../base/span.ts";
import type { Definition, Origin, VariableCandidate, VariableDefinition } from "../../buildfile/definition.ts";
import { type Dependencies, dependenciesOf } from "../../buildfile/hcl/dependencies.ts";
import type { Expression } from "../../buildfile/hcl/syntax.ts";
import type { Use } from "./explanation.ts";

/** What the value of an origin was made of: the names in its expression, and in theirs. */
export function usesOf(origin: Origin, definition: Definition): readonly Use[] {
  if (origin.kind !== "file" || origin.expression === undefined) return [];
  const search = new Search(definition);
  const { expression, span, cell } = origin;
  return partsAt(expression, span).flatMap((part) => search.uses(part, { axes: cell ?? new Map(), parameters: none }));
}

/** The part of a list or an object that was written at `span`; else the whole. */
function partsAt(expression: Expression, span: Span): readonly Expression[] {
  const isIt = (other: Span): boolean => other.start === span.start && other.end === span.end;
  if (isIt(expression.span)) return [expression];
  switch (expression.kind) {
    case "parenthesized":
      return partsAt(expression.expression, span);
    case "tuple": {
      const item = expression.items.find((each) => isIt(each.span));
      return [item ?? expression];
    }
    case "object": {
      const item = expression.items.find((each) => isIt(each.span));
      if (item === undefined) return [expression];
      return item.key.kind === "computed" ? [item.key.expression, item.value] : [item.value];
    }
    default:
      return [expression];
  }
}

const builtIns: ReadonlySet<string> = new Set(["BAKE_CMD_CONTEXT", "BAKE_LOCAL_PLATFORM"]);

/** Chains of names longer than this are not followed to their end. */
const deepest = 50;

const none: ReadonlySet<string> = new Set();

/** What an expression sees beside the declared names. */
interface Place {
  readonly axes: ReadonlyMap<string, string>;
  readonly parameters: ReadonlySet<string>;
}

const outside: Place = { axes: new Map(), parameters: none };

class Search {
  readonly #definition: Definition;
  readonly #told = new Set<string>();
  #depth = 0;

  constructor(definition: Definition) {
    this.#definition = definition;
  }

  uses(expression: Expression, { axes, parameters }: Place): readonly Use[] {
    const found = dependenciesOf(expression);
    const names = found.names.filter(({ name }) => !parameters.has(name));
    return [
      ...names.flatMap(({ name }) => {
        const axis = axes.get(name);
        if (axis === undefined) return this.#once(`name ${name}`, () => this.#name(name));
        return this.#once(`axis ${name}`, () => ({ kind: "axis", name, value: axis, others: [], uses: [] }));
      }),
      ...found.functions.flatMap(({ name }) => this.#once(`function ${name}`, () => this.#function(name))),
      ...found.references.flatMap((reference) => (axes.has(reference.root) ? [] : this.#reference(reference))),
    ];
  }

  #once(key: string, make: () => Use | undefined): readonly Use[] {
    if (this.#told.has(key) || this.#depth > deepest) return [];
    this.#told.add(key);
    this.#depth++;
    const use = make();
    this.#depth--;
    return use ? [use] : [];
  }

  #name(name: string): Use | undefined {
    const variable = this.#definition.variables.get(name);
    if (variable) return this.#variable(variable);
    const constant = this.#definition.globals?.get(name);
    if (!constant) return builtIns.has(name) ? { kind: "built-in", name, others: [], uses: [] } : undefined;
    const { value, expression } = constant;
    const origin: Origin = { kind: "file", span: expression.span, block: name, expression };
    return {
      kind: "constant",
      name,
      ...(value !== undefined && { value }),
      origin,
      others: [],
      uses: this.uses(expression, outside),
    };
  }

  #variable({ name, value, origin, candidates }: VariableDefinition): Use {
    const [first, ...others] = candidates;
    const expression = expressionOf(first);
    return {
      kind: "variable",
      name,
      ...(value !== undefined && { value }),
      origin: first?.origin ?? origin,
      others,
      uses: expression ? this.uses(expression, outside) : [],
    };
  }

  #function(name: string): Use | undefined {
    const declared = this.#definition.functions?.get(name);
    if (!declared) return undefined;
    const { span, result, parameters } = declared;
    const place = { ...outside, parameters };
    const origin: Origin = { kind: "file", span, block: name };
    return { kind: "function", name: `${name}()`, origin, others: [], uses: result ? this.uses(result, place) : [] };
  }

  #reference({ root, steps }: Dependencies["references"][number]): readonly Use[] {
    const [block, attribute] = steps;
    if ((root !== "target" && root !== "group") || block === undefined) return [];
    const name = [root, block.name, ...(attribute ? [attribute.name] : [])].join(".");
    const blocks = root === "target" ? this.#definition.targets : this.#definition.groups;
    const span = blocks.get(block.name)?.span;
    return this.#once(name, () => ({
      kind: "reference",
      name,
      ...(span && { origin: { kind: "file", span, block: block.name } as const }),
      others: [],
      uses: [],
    }));
  }
}

/** What a variable's value was computed from, when it is its default or a top level attribute. */
export function expressionOf(candidate: VariableCandidate | undefined): Expression | undefined {
  return candidate?.origin.kind === "file" ? candidate.origin.expression : undefined;
}
