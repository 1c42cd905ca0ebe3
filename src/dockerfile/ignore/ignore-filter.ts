/** `.dockerignore`: which files of the context there are for a build. */
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import { cleanPath } from "../../base/path.ts";
import type { Source } from "../../base/span.ts";
import type { Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import { trimSpace } from "../syntax/characters.ts";
import { compileGlob, PatternError } from "./glob.ts";
import { PathFilter } from "./path-filter.ts";
import { type FolderMatches, PatternMatcher } from "./pattern-matcher.ts";

/** The patterns of an ignore file, clean, without a slash in front; `!` stays. A line that begins with `#` is a comment. */
export function readIgnorePatterns(source: Source): readonly Word[] {
  const patterns: Word[] = [];
  let start = source.text.startsWith("\ufeff") ? 1 : 0;
  for (const line of source.text.slice(start).split("\n")) {
    const text = line.startsWith("#") ? "" : trimSpace(line);
    const at = start + line.indexOf(text);
    if (text !== "") patterns.push({ text: cleanPattern(text), span: { source, start: at, end: at + text.length } });
    start += line.length + 1;
  }
  return patterns;
}

/** For walking a folder from its root: what it skips need not be looked into. */
export class IgnoreFilter extends PathFilter {
  /** In the order of the file; broken ones left out. */
  readonly patterns: readonly string[];
  readonly #matcher: PatternMatcher;

  constructor(patterns: readonly string[]) {
    super([], patterns);
    this.patterns = patterns;
    this.#matcher = new PatternMatcher(patterns);
  }

  /** Whether a pattern brings back what others leave out. */
  get hasExceptions(): boolean {
    return this.patterns.some((pattern) => pattern.startsWith("!"));
  }

  /** Whether a path, which need not exist, is left out by itself or with a folder it is in. */
  leavesOut(path: string): boolean {
    const names = path.split("/");
    let folder: FolderMatches | undefined;
    for (let i = 1; i < names.length; i++) {
      const own = new Uint8Array(this.#matcher.size);
      this.#matcher.matches(names.slice(0, i).join("/"), folder, own);
      folder = own;
    }
    return this.#matcher.matches(path, folder);
  }
}

/** The filter of an ignore file. Lines that are no patterns are errors, as they are to every engine. */
export function ignoreFilter(source: Source): Checked<IgnoreFilter> {
  const problems = new DiagnosticList();
  const patterns = readIgnorePatterns(source).filter((pattern) => isPattern(pattern, problems));
  return { value: new IgnoreFilter(patterns.map((pattern) => pattern.text)), diagnostics: problems.items };
}

function cleanPattern(text: string): string {
  const negated = text.startsWith("!");
  const rest = negated ? trimSpace(text.slice(1)) : text;
  const clean = rest === "" ? "" : cleanPath(rest).replace(/^\/(?=.)/, "");
  return (negated ? "!" : "") + clean;
}

function isPattern({ text, span }: Word, problems: DiagnosticList): boolean {
  try {
    if (text === "!") throw new PatternError('the pattern "!" spares nothing');
    compileGlob(text.replace(/^!/, ""));
    return true;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const hint = "a special character stands for itself after a backslash";
    problems.add(problem("dockerfile/invalid-ignore-pattern", span, error.message, { hint }));
    return false;
  }
}
