/** "Did you mean" for names of targets, within limits: a file full of wrong names is told of the first ones. */
import { didYouMean } from "../base/suggest.ts";

/** Each search reads every name there is, so their number is what keeps planning linear. */
const mostSearches = 25;

export class Suggestions {
  readonly #names: Iterable<string>;
  #left = mostSearches;

  constructor(names: Iterable<string>) {
    this.#names = names;
  }

  /** `did you mean "x"?`, or undefined when nothing is near or enough was suggested. */
  hint(name: string): string | undefined {
    return this.#left-- > 0 ? didYouMean(name, this.#names) : undefined;
  }
}
