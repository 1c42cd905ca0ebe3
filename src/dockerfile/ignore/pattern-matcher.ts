/** Lists of patterns as in ignore files: a later pattern overrules an earlier one, `!` turns one around. */
import { cleanPath } from "../../base/path.ts";
import { compileGlob, type GlobMatch, PatternError } from "./glob.ts";

interface Pattern {
  readonly negated: boolean;
  readonly match: GlobMatch;
  /** The path it leads to, with a `/` at the end; undefined when a wildcard may lead anywhere. */
  readonly stem: string | undefined;
}

/** What each pattern said of a folder. Patterns that match a folder match all that is in it. */
export type FolderMatches = Uint8Array;

export class PatternMatcher {
  readonly #patterns: readonly Pattern[];

  /** Throws a PatternError for a pattern that is none. */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.flatMap((text) => parsePattern(text.trim()));
  }

  /**
   * Whether the list matches a path, given what it said of the folder the path is in (undefined: it is in the root).
   * For a folder `own` is filled in; it has `size` bytes.
   */
  matches(path: string, parent: FolderMatches | undefined, own?: FolderMatches): boolean {
    let matched = false;
    for (let i = 0; i < this.#patterns.length; i++) {
      const pattern = this.#patterns[i];
      if (pattern === undefined) break;
      // Unless it inherits a match, a pattern that could not change the verdict is not asked.
      const match = parent?.[i] === 1 || (pattern.negated === matched && pattern.match(path));
      if (!match) continue;
      matched = !pattern.negated;
      if (own !== undefined) own[i] = 1;
    }
    return matched;
  }

  get size(): number {
    return this.#patterns.length;
  }

  /** Whether a plain pattern could match something below the folder, which it does not match itself. */
  mayMatchBelow(folder: string): boolean {
    return this.#leadsBelow(folder, false);
  }

  /** Whether a pattern with `!` could spare something below the folder. */
  maySpareBelow(folder: string): boolean {
    return this.#leadsBelow(folder, true);
  }

  #leadsBelow(folder: string, negated: boolean): boolean {
    const prefix = `${folder}/`;
    return this.#patterns.some(
      (pattern) => pattern.negated === negated && (pattern.stem === undefined || pattern.stem.startsWith(prefix)),
    );
  }
}

function parsePattern(text: string): readonly Pattern[] {
  if (text === "") return [];
  const negated = text.startsWith("!");
  const rest = negated ? text.slice(1) : text;
  if (rest === "") throw new PatternError('the pattern "!" spares nothing');
  const clean = cleanPath(rest);
  return [{ negated, match: compileGlob(clean), stem: stemOf(clean) }];
}

/** `a/*` and `a/**` lead where `a` does. */
function stemOf(pattern: string): string | undefined {
  const stem = pattern.replace(/\/\*\*?$/, "");
  return /[*[\]?^\\]/.test(stem) ? undefined : `${stem}/`;
}
