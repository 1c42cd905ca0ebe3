import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileGlob, PatternError } from "../../../src/dockerfile/ignore/glob.ts";
import { PathFilter } from "../../../src/dockerfile/ignore/path-filter.ts";
import { PatternMatcher } from "../../../src/dockerfile/ignore/pattern-matcher.ts";

/** What the list says of a path when each folder on the way to it was asked first. */
function matches(patterns: readonly string[], path: string): boolean {
  const matcher = new PatternMatcher(patterns);
  const names = path.split("/");
  let parent: Uint8Array | undefined;
  for (let i = 1; i < names.length; i++) {
    const own = new Uint8Array(matcher.size);
    matcher.matches(names.slice(0, i).join("/"), parent, own);
    parent = own;
  }
  return matcher.matches(path, parent);
}

test.each<[string, string, boolean]>([
  ["**", "file", true],
  ["**", "a/b/c", true],
  ["**/**", "a/b", true],
  ["dir/**", "dir/a/b", true],
  ["dir/**", "dir", false],
  ["dir/**", "dirs/a", false],
  ["**/dir", "dir", true],
  ["**/dir", "a/b/dir", true],
  ["**/dir", "a/bdir", false],
  ["**dir", "bdir", true],
  ["**/dir2/*", "dir/dir2/file", true],
  ["**/dir2/*", "dir2/file", true],
  ["a/**/b", "a/b", true],
  ["a/**/b", "a/x/y/b", true],
  ["a/**/b", "ab", false],
  ["a**c", "abc", false],
  ["a**/c", "ab/x/c", true],
  ["abc.def", "abcdef", false],
  ["abc?def", "abc/def", false],
  ["abc?def", "abcXdef", true],
  ["a?c", "a\u{1f600}c", true],
  ["*.txt", "a/b.txt", false],
  ["*", ".hidden", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "axb", false],
  ["a\\\\b", "a\\b", true],
  ["[a-c]x", "bx", true],
  ["[^a-c]x", "bx", false],
  ["[^a-c]x", "dx", true],
  ["[a\\]]x", "]x", true],
  ["[\\-x]", "-", true],
  ["[!a]", "!", true],
  ["a.b+c(d)|e{f}$g^h", "a.b+c(d)|e{f}$g^h", true],
  ["x{1,2}", "xx", false],
  ["line\nbreak*", "line\nbreak and more", true],
  ["\u00e9*", "\u00e9t\u00e9", true],
])("%j says of %j: %s", (pattern, path, expected) => {
  expect(compileGlob(pattern)(path)).toBe(expected);
});

test.each(["[", "[]", "[]a]", "a[^", "[a-]", "[-a]", "[x-a]", "a\\", "[a\\"])("%j is no pattern", (pattern) => {
  expect(() => compileGlob(pattern)).toThrow(PatternError);
});

describe("a list of patterns", () => {
  test.each<[readonly string[], string, boolean]>([
    [["docs"], "docs/README.md", true],
    [["**/"], "a/b", true],
    [["docs/"], "docs/README.md", true],
    [["./docs"], "docs/README.md", true],
    [["docs/../src"], "src/x", true],
    [["  docs  ", ""], "docs/x", true],
    [["docs", "!docs/README.md"], "docs/README.md", false],
    [["docs", "!docs/README.md"], "docs/other", true],
    [["!docs/README.md", "docs"], "docs/README.md", true],
    [["**", "!src", "src/tmp"], "src/a", false],
    [["**", "!src", "src/tmp"], "src/tmp/a", true],
    [["**/*.log", "!keep.log"], "keep.log", false],
    [["**/*.log", "!keep.log"], "a/keep.log", true],
    [["*", "!*.c", "a.*"], "b.c", false],
    [["*", "!*.c", "a.*"], "a.c", true],
  ])("%j says of %j: %s", (patterns, path, expected) => {
    expect(matches(patterns, path)).toBe(expected);
  });

  test('with a "!" alone is none', () => {
    expect(() => new PatternMatcher(["!"])).toThrow(PatternError);
  });

  test("that begins below a wildcard leads into the folders the wildcard matches", () => {
    const filter = new PathFilter(["c/*/**"], []);
    const parent = filter.folder("c", undefined);
    expect(filter.folder("c/a", parent.folder).verdict).toBe("pass");
  });

  test("excludes a folder only where it would exclude everything in it", () => {
    const name = fc.constantFrom("a", "b", "c");
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
    const part = fc.oneof(name, fc.constantFrom("*", "**", "?", "[ab]"));
    const pattern = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([negated, parts]) => `${negated ? "!" : ""}${parts.join("/")}`);
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 5 }),
        fc.array(pattern, { maxLength: 5 }),
        path,
        (include, exclude, file) => {
          const filter = new PathFilter(include, exclude);
          const names = file.split("/");
          let parent: Parameters<PathFilter["file"]>[1];
          let skipped = false;
          for (let i = 1; i < names.length && !skipped; i++) {
            const { verdict, folder } = filter.folder(names.slice(0, i).join("/"), parent);
            skipped = verdict === "skip";
            parent = folder;
          }
          const sent = !skipped && filter.file(file, parent) === "send";
          const wanted = (include.length === 0 || matches(include, file)) && !matches(exclude, file);
          expect(sent).toBe(wanted);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
