/** Patterns as programs for a machine that runs all alternatives side by side. */
import {
  type Assertion,
  type CharacterSet,
  isNullable,
  type ParsedPattern,
  type Pattern,
  PatternError,
  type Repetition,
} from "./syntax.ts";

/** Steps name the steps after them by their index in the program. */
type Step =
  | { readonly kind: "one"; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: "assertion"; readonly holds: Assertion; readonly next: number }
  /** Remembers the place in the text as the start (even slot) or end (odd slot) of group `slot / 2`. */
  | { readonly kind: "save"; readonly slot: number; readonly next: number }
  /** Goes both ways; what `first` finds counts more. */
  | { readonly kind: "fork"; readonly first: number; readonly second: number }
  | { readonly kind: "match" };

export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  /** Two a group, the whole match (group 0) included. */
  readonly slots: number;
  readonly groups: readonly (string | undefined)[];
}

const largestProgram = 50_000;

/** Throws a PatternError for a pattern that grows too large by its repetitions. */
export function compile({ root, groups }: ParsedPattern): Program {
  const compiler = new Compiler();
  const match = compiler.add({ kind: "match" });
  const start = compiler.pattern({ kind: "group", index: 0, body: root }, match);
  return { steps: compiler.steps, start, slots: 2 * (groups.length + 1), groups };
}

/** Compiles from the end to the start, so that the step to go on with is always known. */
class Compiler {
  readonly steps: Step[] = [];

  add(step: Step): number {
    if (this.steps.length >= largestProgram) throw new PatternError("its repetitions make it too large");
    return this.steps.push(step) - 1;
  }

  /** Returns where a pattern begins that goes on with `next`. */
  pattern(pattern: Pattern, next: number): number {
    switch (pattern.kind) {
      case "empty":
        return next;
      case "one":
        return this.add({ kind: "one", set: pattern.set, next });
      case "assertion":
        return this.add({ kind: "assertion", holds: pattern.holds, next });
      case "group": {
        const close = this.add({ kind: "save", slot: 2 * pattern.index + 1, next });
        return this.add({ kind: "save", slot: 2 * pattern.index, next: this.pattern(pattern.body, close) });
      }
      case "sequence":
        return pattern.parts.reduceRight((follower, part) => this.pattern(part, follower), next);
      case "choice":
        return this.#choice(pattern.options, next);
      case "repetition":
        return this.#repetition(pattern, next);
    }
  }

  #choice(options: readonly Pattern[], next: number): number {
    const starts = options.map((option) => this.pattern(option, next));
    return starts.reduceRight((second, first) => this.add({ kind: "fork", first, second }));
  }

  #repetition({ body, minimum, maximum, greedy }: Repetition, next: number): number {
    let start = next;
    let required = minimum;
    if (maximum !== Number.POSITIVE_INFINITY) {
      // Each optional copy is inside the one before it, so that leaving early skips the rest.
      for (let i = minimum; i < maximum; i++) start = this.#fork(this.pattern(body, start), next, greedy);
    } else if (minimum > 0) {
      start = this.#atLeastOnce(body, next, greedy);
      required--;
    } else {
      // A body that can be empty must be tried once before the loop may be left, else its groups would go unset.
      start = isNullable(body)
        ? this.#fork(this.#atLeastOnce(body, next, greedy), next, greedy)
        : this.#anyTimes(body, next, greedy);
    }
    for (let i = 0; i < required; i++) start = this.pattern(body, start);
    return start;
  }

  #atLeastOnce(body: Pattern, next: number, greedy: boolean): number {
    const fork = this.add({ kind: "match" });
    const start = this.pattern(body, fork);
    this.steps[fork] = forked(start, next, greedy);
    return start;
  }

  #anyTimes(body: Pattern, next: number, greedy: boolean): number {
    const fork = this.add({ kind: "match" });
    this.steps[fork] = forked(this.pattern(body, fork), next, greedy);
    return fork;
  }

  #fork(inside: number, after: number, greedy: boolean): number {
    return this.add(forked(inside, after, greedy));
  }
}

function forked(inside: number, after: number, greedy: boolean): Step {
  return greedy ? { kind: "fork", first: inside, second: after } : { kind: "fork", first: after, second: inside };
}
