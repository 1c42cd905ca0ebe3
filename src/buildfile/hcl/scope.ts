/** What an expression can see. Evaluation asks; the definition level answers, evaluating lazily as it goes. */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import type { EvaluationBudget } from "./budget.ts";
import type { FunctionWorld, LanguageFunction } from "./function.ts";
import type { Value } from "./value.ts";

export interface Scope {
  /**
   * The value of a bare name, evaluated on demand; undefined when nothing has that name. `span` is the use, for cycle
   * diagnostics. A name whose evaluation failed gives the unknown value (its diagnostic has been reported).
   */
  readonly variable: (name: string, span: Span) => Value | undefined;
  /** Every visible variable name, for suggestions. */
  readonly variableNames: () => Iterable<string>;
  readonly function: (name: string, span: Span) => LanguageFunction | undefined;
  readonly functionNames: () => Iterable<string>;
  /**
   * For roots that are no values themselves (`target`, `group`): given the literal steps that follow (`target.x.args` has x and args),
   * answers with the value and how many steps it stands for; undefined when `root` is not such a name. What is wrong is reported to
   * `report` and the answer is then the unknown value.
   */
  readonly reference: (
    root: string,
    steps: readonly ReferenceStep[],
    use: { readonly span: Span; readonly report: DiagnosticList },
  ) => { readonly value: Value; readonly consumed: number } | undefined;
  readonly world: FunctionWorld;
  /** One for all scopes of a run. */
  readonly budget: EvaluationBudget;
  /** Where the value of a name was set, to point at when it is of the wrong type; undefined where that is not known. */
  readonly declaration?: (name: string) => Span | undefined;
}

export interface ReferenceStep {
  readonly name: string;
  readonly span: Span;
}
