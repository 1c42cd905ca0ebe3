/** Which entries of a folder are sent: those the includes name and the excludes do not. */
import { type FolderMatches, PatternMatcher } from "./pattern-matcher.ts";

/** What is known of a folder when its entries are looked at. */
export interface FolderVerdict {
  readonly include: FolderMatches | undefined;
  readonly exclude: FolderMatches | undefined;
}

/** `send` it; `pass` it over but look inside; `skip` it with all that is in it. */
export type Verdict = "send" | "pass" | "skip";

export class PathFilter {
  readonly #include: PatternMatcher | undefined;
  readonly #exclude: PatternMatcher | undefined;

  /** No includes: everything is included. Throws a PatternError for a pattern that is none. */
  constructor(include: readonly string[], exclude: readonly string[]) {
    this.#include = include.length === 0 ? undefined : new PatternMatcher(include);
    this.#exclude = exclude.length === 0 ? undefined : new PatternMatcher(exclude);
  }

  file(path: string, parent: FolderVerdict | undefined): Verdict {
    if (this.#include?.matches(path, parent?.include) === false) return "skip";
    return this.#exclude?.matches(path, parent?.exclude) ? "skip" : "send";
  }

  folder(
    path: string,
    parent: FolderVerdict | undefined,
  ): { readonly verdict: Verdict; readonly folder: FolderVerdict } {
    const folder = { include: emptyMatches(this.#include), exclude: emptyMatches(this.#exclude) };
    const included = this.#include?.matches(path, parent?.include, folder.include) ?? true;
    if (!included && !this.#include?.mayMatchBelow(path)) return { verdict: "skip", folder };
    const excluded = this.#exclude?.matches(path, parent?.exclude, folder.exclude) ?? false;
    if (excluded && !this.#exclude?.maySpareBelow(path)) return { verdict: "skip", folder };
    return { verdict: included && !excluded ? "send" : "pass", folder };
  }
}

function emptyMatches(matcher: PatternMatcher | undefined): FolderMatches | undefined {
  return matcher === undefined ? undefined : new Uint8Array(matcher.size);
}
