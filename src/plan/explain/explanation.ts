/** What `explain` answers: where values came from, as plain data. */
import type { Span } from "../../base/span.ts";
import type { Origin, VariableCandidate } from "../../buildfile/definition.ts";

/** Structured entries are shown as text: `type=local,dest=out`. */
export type ShownValue = string | boolean | readonly string[];

export interface Explanation {
  readonly target: string;
  readonly span?: Span;
  /** The matrix cell it was made from: axis name to the value as text. */
  readonly cell?: ReadonlyMap<string, string>;
  /** All it inherits from, directly or not, in the order in which they are laid over each other: the later wins. */
  readonly ancestors: readonly string[];
  readonly values: readonly ExplainedValue[];
}

export interface ExplainedValue {
  readonly attribute: string;
  /** The entry of a map, the id, type or number of a list's element. */
  readonly key?: string;
  /** What is built with; absent when nothing is set. */
  readonly value?: ShownValue;
  /** What was said of it, latest first: the first counts, the others were replaced. */
  readonly steps: readonly Step[];
  /** Why there is a value although nobody set it, or what it means that there is none. */
  readonly note?: string;
}

export interface Step {
  readonly value: ShownValue;
  readonly origin: Origin;
  /** From the target to the one whose block said it: `app`, `_mid`, `_base`; only for what was inherited. */
  readonly path?: readonly string[];
  readonly uses: readonly Use[];
}

export type UseKind = "variable" | "constant" | "axis" | "function" | "reference" | "built-in";

/** A name that an expression uses. */
export interface Use {
  readonly kind: UseKind;
  readonly name: string;
  /** Absent for functions, for null, and for what the definition does not know. */
  readonly value?: string;
  /** Where the value came from. */
  readonly origin?: Origin;
  /** What else could have given a variable its value, and why it did not. */
  readonly others: readonly VariableCandidate[];
  /** What its own expression uses; each name is told once in an answer. */
  readonly uses: readonly Use[];
}

export interface VariableExplanation {
  readonly name: string;
  readonly kind: "variable" | "constant";
  readonly span?: Span;
  readonly type?: string;
  readonly description?: string;
  /** Absent for null. */
  readonly value?: string;
  /** By precedence; the first gave the value. */
  readonly candidates: readonly VariableCandidate[];
  /** What the expression of the first uses. */
  readonly uses: readonly Use[];
}
