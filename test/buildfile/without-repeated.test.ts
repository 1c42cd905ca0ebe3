import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutRepeated } from "../../src/buildfile/without-repeated.ts";

const entries = (added: readonly string[], present: readonly string[] = []): string =>
  withoutRepeated(added, (text) => text, new Map(present.map((text) => [text, text])))
    .map(([, entry]) => entry)
    .join("");

describe("a list without what is repeated", () => {
  it.each([
    ["", "", ""],
    ["abc", "", "abc"],
    ["aabc", "", "acb"],
    ["abca", "", "abc"],
    ["aaa", "", "a"],
    ["bcad", "ab", "dc"],
    ["abab", "ab", ""],
  ])("of %j after %j is %j", (added, present, expected) => {
    expect(entries([...added], [...present])).toBe(expected);
  });

  it("holds what is new, once", () => {
    const letters = fc.array(fc.constantFrom(..."abcdef"));
    fc.assert(
      fc.property(letters, fc.uniqueArray(fc.constantFrom(..."abcdef")), (added, present) => {
        const fresh = new Set(added.filter((letter) => !present.includes(letter)));
        expect([...entries(added, present)].sort()).toEqual([...fresh].sort());
      }),
    );
  });
});
