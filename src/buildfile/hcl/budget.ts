/** How much work the evaluation of one definition may be, so that a hostile file is refused and not computed. */
import type { Span } from "../../base/span.ts";

export interface BudgetLimits {
  /** Expressions evaluated, elements made and visited. */
  readonly steps: number;
  /** UTF-16 code units of all texts produced. */
  readonly characters: number;
}

/** Some thousand times what a large build file needs; used up in about a second. */
export const defaultBudget: BudgetLimits = { steps: 10_000_000, characters: 64 * 1024 * 1024 };

export interface Exhaustion {
  readonly resource: keyof BudgetLimits;
  readonly limit: number;
  readonly span: Span;
}

/**
 * Made once a run and carried by every scope. Once it is exhausted, every evaluation gives the unknown value at once; the
 * outermost `evaluate` reports it, a single time.
 */
export class EvaluationBudget {
  readonly #limits: BudgetLimits;
  #steps = 0;
  #characters = 0;
  #suggestions = 25;
  #running = 0;
  #exhaustion: Exhaustion | undefined;
  #reported = false;

  constructor(limits: BudgetLimits = defaultBudget) {
    this.#limits = limits;
  }

  get exhausted(): boolean {
    return this.#exhaustion !== undefined;
  }

  /** Counts steps; false when there are no more. */
  spend(steps: number, span: Span): boolean {
    this.#steps += steps;
    if (this.#steps > this.#limits.steps) this.#exhaust("steps", span);
    return this.#exhaustion === undefined;
  }

  /** Counts text about to be produced; false when it must not be. */
  produce(characters: number, span: Span): boolean {
    this.#characters += characters;
    if (this.#characters > this.#limits.characters) this.#exhaust("characters", span);
    return this.#exhaustion === undefined;
  }

  /** Whether looking for a similar name is worth it: after some dozens nobody reads them, and each visits every name there is. */
  allowSuggestion(): boolean {
    this.#suggestions--;
    return this.#suggestions >= 0;
  }

  /** Said before an evaluation; pair with `end`. */
  begin(): void {
    this.#running++;
  }

  /** Said after an evaluation: the outermost one is told of an exhaustion that nobody was told of before. */
  end(): Exhaustion | undefined {
    this.#running--;
    if (this.#exhaustion === undefined || this.#running > 0 || this.#reported) return undefined;
    this.#reported = true;
    return this.#exhaustion;
  }

  #exhaust(resource: keyof BudgetLimits, span: Span): void {
    this.#exhaustion ??= { resource, limit: this.#limits[resource], span };
  }
}
