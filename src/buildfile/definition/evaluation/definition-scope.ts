/** The scope of an expression in a build file: matrix axes or parameters, then variables and globals, and references to blocks. */
import type { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { didYouMean } from "../../../base/suggest.ts";
import type { EvaluationBudget } from "../../hcl/budget.ts";
import type { FunctionWorld, LanguageFunction } from "../../hcl/function.ts";
import type { ReferenceStep, Scope } from "../../hcl/scope.ts";
import { objectValue, unknownValue, type Value } from "../../hcl/value.ts";
import type { BlockKind } from "../declarations.ts";
import { type ProblemCode, type ProblemDetails, problem } from "../problems.ts";
import { isBlockKind, type NameTable, type Place, type ReferencedBlock, type ValueTask } from "./names.ts";

/** What the scope asks of the evaluation it belongs to. */
export interface ScopeOwner {
  readonly names: NameTable;
  readonly world: FunctionWorld;
  readonly budget: EvaluationBudget;
  readonly settled: (task: ValueTask) => Value;
  readonly suggest: (word: string, known: () => Iterable<string>) => string | undefined;
}

export class DefinitionScope implements Scope {
  readonly place: Place;
  readonly world: FunctionWorld;
  readonly budget: EvaluationBudget;
  readonly #owner: ScopeOwner;

  constructor(owner: ScopeOwner, place: Place) {
    this.place = place;
    this.world = owner.world;
    this.budget = owner.budget;
    this.#owner = owner;
  }

  variable(name: string): Value | undefined {
    const bound = this.place.bound.get(name);
    if (bound) return bound;
    const task = this.#owner.names.value(name);
    return task && this.#owner.settled(task);
  }

  variableNames(): Iterable<string> {
    return [...this.place.bound.keys(), ...this.#owner.names.valueNames()];
  }

  declaration(name: string): Span | undefined {
    return this.place.bound.has(name) ? undefined : this.#owner.names.value(name)?.span;
  }

  function(name: string): LanguageFunction | undefined {
    const { names } = this.#owner;
    return names.library.get(name) ?? names.function(name)?.callable;
  }

  functionNames(): Iterable<string> {
    const { names } = this.#owner;
    return [...names.library.keys(), ...names.functionNames()];
  }

  reference(root: string, steps: readonly ReferenceStep[], use: ReferencePlace): Resolved | undefined {
    if (!isBlockKind(root) || this.place.bound.has(root)) return undefined;
    return new Reference(this.#owner, root, use).resolve(steps, this.place.noReferences);
  }
}

interface ReferencePlace {
  readonly span: Span;
  readonly report: DiagnosticList;
}

interface Resolved {
  readonly value: Value;
  readonly consumed: number;
}

class Reference {
  readonly #owner: ScopeOwner;
  readonly #kind: BlockKind;
  readonly #use: ReferencePlace;

  constructor(owner: ScopeOwner, kind: BlockKind, use: ReferencePlace) {
    this.#owner = owner;
    this.#kind = kind;
    this.#use = use;
  }

  resolve(steps: readonly ReferenceStep[], forbidden: string | undefined): Resolved {
    const { names } = this.#owner;
    const [blockName, attributeName] = steps;
    const early = names.blocks === "unknown" ? "variables are evaluated before targets and groups" : undefined;
    const reason = forbidden ?? early;
    if (reason !== undefined) {
      return this.#fail(steps, "buildfile/reference-early", {
        message: `${this.#kind}.… cannot be used here: ${reason}`,
        span: this.#use.span,
        hint: "declare a variable and use it in both places",
      });
    }
    if (!blockName) {
      return this.#fail(steps, "buildfile/reference-form", {
        message: `${JSON.stringify(this.#kind)} alone is no value`,
        span: this.#use.span,
        hint: `write ${this.#kind}.NAME.ATTRIBUTE`,
      });
    }
    const block = names.block(this.#kind, blockName.name);
    // It may be a cell of a matrix that could not be evaluated, which was reported.
    if (!block && names.blocks === "partly known") return { value: unknownValue, consumed: steps.length };
    if (!block) {
      return this.#fail(steps, "buildfile/unknown-reference", {
        message: `there is no ${this.#kind} ${JSON.stringify(blockName.name)} to refer to`,
        span: blockName.span,
        hint: this.#owner.suggest(blockName.name, () => names.blockNames(this.#kind)),
      });
    }
    return attributeName ? this.#attribute(block, steps, attributeName) : { value: this.#whole(block), consumed: 1 };
  }

  #attribute(block: ReferencedBlock, steps: readonly ReferenceStep[], step: ReferenceStep): Resolved {
    const task = block.attribute(step.name);
    if (task) return { value: this.#owner.settled(task), consumed: 2 };
    return this.#fail(steps, "buildfile/unknown-reference", {
      message: `a ${this.#kind} has no attribute ${JSON.stringify(step.name)}`,
      span: step.span,
      hint: didYouMean(step.name, block.attributeNames),
    });
  }

  #fail(steps: readonly ReferenceStep[], code: ProblemCode, details: ProblemDetails): Resolved {
    this.#use.report.add(problem(code, details));
    return { value: unknownValue, consumed: steps.length };
  }

  /** All attributes as one object; unknown when one of them is. */
  #whole(block: ReferencedBlock): Value {
    const entries: [string, Value][] = [];
    for (const name of block.attributeNames) {
      const task = block.attribute(name);
      const value = task ? this.#owner.settled(task) : unknownValue;
      if (value.kind === "unknown") return unknownValue;
      entries.push([name, value]);
    }
    return objectValue(entries);
  }
}
