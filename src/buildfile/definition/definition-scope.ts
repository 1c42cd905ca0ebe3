/** The scope of an expression in a build file: matrix axes or parameters, then variables and globals, and references to blocks. */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { EvaluationBudget } from "../hcl/budget.ts";
import type { FunctionWorld } from "../hcl/function.ts";
import type { ReferenceStep, Scope } from "../hcl/scope.ts";
import { objectValue, unknownValue, type Value } from "../hcl/value.ts";
import type { BlockKind } from "./declarations.ts";
import { isBlockKind, type NameTable, type Place, type ReferencedBlock } from "./names.ts";
import { type ProblemCode, type ProblemDetails, problem } from "./problems.ts";

export function createScope(
  names: NameTable,
  place: Place,
  run: { readonly world: FunctionWorld; readonly budget: EvaluationBudget },
): Scope {
  return {
    variable: (name) => place.bound.get(name) ?? names.value(name)?.value,
    variableNames: () => [...place.bound.keys(), ...names.valueNames()],
    function: (name) => names.library.get(name) ?? names.function(name)?.callable,
    functionNames: () => [...names.library.keys(), ...names.functionNames()],
    reference: (root, steps, use) => {
      if (!isBlockKind(root) || place.bound.has(root)) return undefined;
      return new Reference(names, root, use).resolve(steps, place.noReferences);
    },
    declaration: (name) => (place.bound.has(name) ? undefined : names.value(name)?.span),
    ...run,
  };
}

interface Resolved {
  readonly value: Value;
  readonly consumed: number;
}

class Reference {
  readonly #names: NameTable;
  readonly #kind: BlockKind;
  readonly #use: { readonly span: Span; readonly report: DiagnosticList };

  constructor(names: NameTable, kind: BlockKind, use: { readonly span: Span; readonly report: DiagnosticList }) {
    this.#names = names;
    this.#kind = kind;
    this.#use = use;
  }

  resolve(steps: readonly ReferenceStep[], forbidden: string | undefined): Resolved {
    const [blockName, attributeName] = steps;
    const early = this.#names.blocks === "unknown" ? "variables are evaluated before targets and groups" : undefined;
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
    const block = this.#names.block(this.#kind, blockName.name);
    // It may be a cell of a matrix that could not be evaluated, which was reported.
    if (!block && this.#names.blocks === "partly known") return { value: unknownValue, consumed: steps.length };
    if (!block) {
      return this.#fail(steps, "buildfile/unknown-reference", {
        message: `there is no ${this.#kind} ${JSON.stringify(blockName.name)} to refer to`,
        span: blockName.span,
        hint: didYouMean(blockName.name, this.#names.blockNames(this.#kind)),
      });
    }
    return attributeName ? this.#attribute(block, steps, attributeName) : { value: wholeBlock(block), consumed: 1 };
  }

  #attribute(block: ReferencedBlock, steps: readonly ReferenceStep[], step: ReferenceStep): Resolved {
    const task = block.attribute(step.name);
    if (task) return { value: task.value, consumed: 2 };
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
}

/** All attributes as one object; unknown when one of them is. */
function wholeBlock(block: ReferencedBlock): Value {
  const entries: [string, Value][] = [];
  for (const name of block.attributeNames) {
    const value = block.attribute(name)?.value ?? unknownValue;
    if (value.kind === "unknown") return unknownValue;
    entries.push([name, value]);
  }
  return objectValue(entries);
}
