import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { compilePattern, isPattern } from "../../src/plan/match-pattern.ts";

describe("a pattern", () => {
  test.each([
    ["*", "", true],
    ["*", "abc", true],
    ["*", "a/b", false],
    ["a*", "a", true],
    ["a*", "abc", true],
    ["*c", "abc", true],
    ["*b", "abc", false],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "aXbYd", false],
    ["a*b*c", "abbc", true],
    ["?", "a", true],
    ["?", "", false],
    ["?", "/", false],
    ["a?c", "abc", true],
    ["[a-c]", "b", true],
    ["[a-c]", "d", false],
    ["[^a-c]", "d", true],
    ["[^a-c]", "b", false],
    ["[!a]", "!", true],
    ["[ac-e]x", "dx", true],
    ["[\\]]", "]", true],
    ["[\\-x]", "-", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["web-*", "web-a", true],
    ["web-[0-9]*", "web-12", true],
    ["ä?", "äö", true],
    ["[α-ω]", "λ", true],
    ["a]", "a]", true],
    // As in Go, no star before the last one is asked to grow.
    ["*[^a]*", "b/", false],
  ])("%s on %j is %j", (pattern, name, expected) => {
    expect(compilePattern(pattern)?.(name)).toBe(expected);
  });

  test.each(["[", "[]", "[]a]", "[a", "[a-]", "[-a]", "[-]", "a\\", "[^]", "[a-\\", "[\\"])(
    "%s is broken",
    (pattern) => {
      expect(compilePattern(pattern)).toBeUndefined();
    },
  );

  test.each([
    ["app", false],
    ["app-1_x", false],
    ["a*", true],
    ["a?", true],
    ["[a", true],
    ["a]", true],
    ["a\\b", false],
  ])("is told from a name: %s", (text, expected) => {
    expect(isPattern(text)).toBe(expected);
  });

  it("agrees with the regular expression of the same meaning", () => {
    const piece = fc.constantFrom("*", "?", "a", "b", "-", "/", "[ab]", "[^a/]");
    const expression: Record<string, string> = { "*": "[^/]*", "?": "[^/]" };
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom("a", "b", "-", "/") }),
        (pieces, name) => {
          const regular = new RegExp(`^${pieces.map((each) => expression[each] ?? each).join("")}$`);
          expect(compilePattern(pieces.join(""))?.(name)).toBe(regular.test(name));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("with many stars does not take exponential time", () => {
    const matches = compilePattern(`${"*a".repeat(50)}b`);
    expect(matches?.("a".repeat(5000))).toBe(false);
  });
});
