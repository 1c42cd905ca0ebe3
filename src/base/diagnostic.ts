/** What is wrong in the user's files, flags or environment, as a value: producers go on after one, and all are shown. */
import type { Span } from "./span.ts";

export type Severity = "error" | "warning" | "note";

export interface RelatedPlace {
  readonly message: string;
  readonly span: Span;
}

export interface Diagnostic {
  /** Stable and documented, `<room>/<kebab-case>`: `hcl/unknown-variable`, `plan/target-not-found`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence that says what is wrong with which thing, without a full stop. */
  readonly message: string;
  /** The very token that is wrong. Absent when nothing in a file is to blame. */
  readonly span?: Span;
  /** Other places that explain it ("first defined here"). */
  readonly related?: readonly RelatedPlace[];
  /** What to do about it. */
  readonly hint?: string;
}

/** A value together with what was found wrong on the way to it. */
export interface Checked<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a phase reports to. Phases push and go on; callers look at the end. */
export class DiagnosticList {
  readonly #items: Diagnostic[] = [];

  add(diagnostic: Diagnostic): void {
    this.#items.push(diagnostic);
  }

  addAll(diagnostics: Iterable<Diagnostic>): void {
    for (const diagnostic of diagnostics) this.#items.push(diagnostic);
  }

  get items(): readonly Diagnostic[] {
    return this.#items;
  }

  get hasErrors(): boolean {
    return hasErrors(this.#items);
  }
}

export function hasErrors(diagnostics: Iterable<Diagnostic>): boolean {
  for (const diagnostic of diagnostics) if (diagnostic.severity === "error") return true;
  return false;
}
