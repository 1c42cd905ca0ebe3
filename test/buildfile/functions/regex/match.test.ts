import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../../../src/buildfile/functions/regex/compile.ts";
import { type Captures, search, searchAll } from "../../../../src/buildfile/functions/regex/match.ts";
import { parsePattern } from "../../../../src/buildfile/functions/regex/parse.ts";

function counting(): { readonly spend: (steps: number) => void; readonly spent: () => number } {
  let spent = 0;
  return {
    spend: (steps) => {
      spent += steps;
    },
    spent: () => spent,
  };
}

function find(pattern: string, text: string): Captures | undefined {
  return search(compile(parsePattern(pattern)), text, 0, counting());
}

function findAll(pattern: string, text: string): readonly string[] {
  const matches = [...searchAll(compile(parsePattern(pattern)), text, counting())];
  return matches.map(([start, end]) => text.slice(start, end));
}

describe("what matches where", () => {
  test.each<readonly [pattern: string, text: string, captures: Captures | undefined]>([
    ["a+b", "xaab", [1, 4]],
    ["a|ab", "ab", [0, 1]],
    ["(a|ab)(c|bcd)(d*)", "abcd", [0, 4, 0, 1, 1, 4, 4, 4]],
    ["(a)|(b)", "b", [0, 1, -1, -1, 0, 1]],
    ["(?:(a)|b)*", "ab", [0, 2, 0, 1]],
    ["(a*)*b", "aaab", [0, 4, 0, 3]],
    ["(|a)*", "aa", [0, 0, 0, 0]],
    ["(|a)+", "aa", [0, 0, 0, 0]],
    ["(a?)*?b", "aab", [0, 3, 1, 2]],
    ["x{2,3}?", "xxxx", [0, 2]],
    ["x{2,3}", "xxxx", [0, 3]],
    ["x{2}", "x", undefined],
    ["x{0}y", "xy", [1, 2]],
    ["x{,2}", "x{,2}", [0, 5]],
    ["x{01}", "x{01}", [0, 5]],
    ["(?U)x+", "xx", [0, 1]],
    ["(?U)x+?", "xx", [0, 2]],
    [".", "\n", undefined],
    ["(?s).", "\n", [0, 1]],
    ["^b", "a\nb", undefined],
    ["(?m)^b$", "a\nb\nc", [2, 3]],
    ["a$", "a\n", undefined],
    ["\\Aa\\z", "a", [0, 1]],
    ["\\bfoo\\b", "afoo foo", [5, 8]],
    ["\\Boo", "foo", [1, 3]],
    ["\\bé", "é", undefined],
    ["(?i)straSSe", "STRASSE", [0, 7]],
    ["(?i)k", "\u212a", [0, 1]],
    ["(?i)[r-t]", "\u017f", [0, 1]],
    ["(?i)[^k]", "K", undefined],
    ["(?i)\\W", "\u017f", undefined],
    ["(?i:A)b", "ab", [0, 2]],
    ["(?i:A)b", "aB", undefined],
    ["a(?i)b|c", "C", [0, 1]],
    ["(a(?i)b)c", "aBC", undefined],
    ["(?i-i)a", "A", undefined],
    ["[^a]", "\n", [0, 1]],
    ["[]a]+", "a]", [0, 2]],
    ["[^]a]", "]ab", [2, 3]],
    ["[a\\-z]+", "-", [0, 1]],
    ["[a-]+", "-a", [0, 2]],
    ["[[:alpha:][:^ascii:]]+", "1aé!", [1, 3]],
    ["[\\d\\s]+", "a1 2", [1, 4]],
    ["[^\\W\\d]+", "12ab_c", [2, 6]],
    ["\\s", "\v", undefined],
    ["\\p{Greek}+", "abγδ", [2, 4]],
    ["\\pL+", "12é", [2, 3]],
    ["\\p{^Lu}", "Aa", [1, 2]],
    ["\\PL", "a1", [1, 2]],
    ["[\\p{Lu}\\d]+", "aA1", [1, 3]],
    ["\\x41\\x{1F600}\\101\\t\\.", "A😀A\t.", [0, 6]],
    ["\\Qa.b\\E+", "a.bbb", [0, 5]],
    ["\\Qa+", "a+", [0, 2]],
    ["^.$", "😀", [0, 2]],
    ["(?P<x>a)(?<y>b)", "ab", [0, 2, 0, 1, 1, 2]],
    ["(?:)", "a", [0, 0]],
    ["a||b", "b", [0, 0]],
  ])("%j on %j", (pattern, text, captures) => {
    expect(find(pattern, text)).toEqual(captures);
  });

  test("the next match begins where the last one ended, and none is empty right behind it", () => {
    expect(findAll("a*", "baaac")).toEqual(["", "aaa", ""]);
    expect(findAll("a|", "ab")).toEqual(["a", ""]);
    expect(findAll("", "😀")).toEqual(["", ""]);
    expect(findAll("\\b", "ab c")).toEqual(["", "", "", ""]);
  });
});

describe("what is no pattern", () => {
  test.each([
    ["a(", "( has no )"],
    ["a)", ") has no ("],
    ["[a", "[ has no ]"],
    ["[a-", "[ has no ]"],
    ["[", "[ has no ]"],
    ["*", "nothing is there for * to repeat"],
    ["a|+", "nothing is there for + to repeat"],
    ["(?i)*", "nothing is there for * to repeat"],
    ["a**", "repeats a repetition"],
    ["a++", "repeats a repetition"],
    ["a{2}{3}", "repeats a repetition"],
    ["a{1001}", "more than 1000 times"],
    ["a{2,1}", "wrong order"],
    ["((a{1000}){1000}){9}", "too large"],
    ["(".repeat(300) + ")".repeat(300), "nest more than"],
    ["(?=x)", "lookahead"],
    ["(?!x)", "lookahead"],
    ["(?<=x)", "lookbehind"],
    ["(?<!x)", "lookbehind"],
    ["(?>x)", "atomic"],
    ["(a)\\1", "back-reference"],
    ["(?P<a>x)(?P=a)", "back-reference"],
    ["(?P<a>x)(?P<a>y)", "two groups are named a"],
    ["(?P<a-b>x)", "the group name"],
    ["(?<>x)", "the group name"],
    ["(?x)", "cannot begin with (?x)"],
    ["(?i", "cannot begin with (?i"],
    ["\\", "ends with a backslash"],
    ["\\Z", "no escape \\Z"],
    ["\\é", "no escape \\é"],
    ["[a-\\d]", "no escape \\d"],
    ["[b-a]", "wrong order"],
    ["[[:foo:]]", "no character class [:foo:]"],
    ["\\p{Nope}", 'no Unicode category or script "Nope"'],
    ["\\pX", "no Unicode category"],
    ["\\x{110000}", "no character"],
    ["\\x4", "no escape \\x"],
  ])("%j", (pattern, message) => {
    expect(() => compile(parsePattern(pattern))).toThrow(message);
  });
});

describe("compared with a backtracking engine", () => {
  const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\d", "\\b", "^", "$", "é", "\\p{L}");
  const quantifier = fc.constantFrom("", "", "", "?", "??", "*", "+", "+?", "*?", "{2}", "{1,2}", "{0,2}?");
  const { pattern } = fc.letrec<{ pattern: string; sequence: string; piece: string }>((tie) => ({
    pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 2 }).map((options) => options.join("|")),
    sequence: fc.array(tie("piece"), { maxLength: 3 }).map((pieces) => pieces.join("")),
    piece: fc.oneof(
      { maxDepth: 2, depthSize: "small" },
      // Groups are not repeated: JavaScript forgets captures and refuses empty repetitions, RE2 does neither.
      fc.tuple(atom, quantifier).map(([one, repeated]) => (/^(?:\\b|\^|\$)$/.test(one) ? one : one + repeated)),
      tie("pattern").map((inner) => `(${inner})`),
      tie("pattern").map((inner) => `(?:${inner}|)`),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "1", " ", "\n", "😀"), maxLength: 12 });

  test("the same text matches, with the same groups", () => {
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        const theirs = new RegExp(source, "du").exec(input);
        const indices = theirs?.indices?.flatMap((pair) => pair ?? [-1, -1]);
        expect(find(source, input)).toEqual(indices);
      }),
      { numRuns: 1000 },
    );
  });

  test("all matches are the same", () => {
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        const theirs = Array.from(input.matchAll(new RegExp(source, "gu")), (match) => match[0]);
        // JavaScript also finds an empty match right behind another one.
        expect(findAll(source, input).filter((match) => match !== "")).toEqual(theirs.filter((match) => match !== ""));
      }),
      { numRuns: 1000 },
    );
  });

  test("a pattern that matches everything leaves nothing out", () => {
    fc.assert(
      fc.property(text, (input) => findAll("[^ab]+|[ab]+", input).join("") === input),
      { numRuns: 200 },
    );
  });
});

describe("work", () => {
  test.each(["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*)*x", "((a*)*)*b", "(a?){30}a{30}$"])(
    "%s takes time in proportion to the text",
    (pattern) => {
      const effort = (length: number): number => {
        const counter = counting();
        search(compile(parsePattern(pattern)), `${"a".repeat(length)}!`, 0, counter);
        return counter.spent();
      };
      expect(effort(2000)).toBeLessThan(2.2 * effort(1000));
    },
  );

  test("anything at all parses or is refused with a reason", () => {
    const junk = fc.string({
      unit: fc.constantFrom(...("ab\\()[]{}*+?|^$.-,:<>P=!i12dpQE é😀".match(/./gu) ?? [])),
      maxLength: 20,
    });
    fc.assert(
      fc.property(junk, (source) => {
        try {
          search(compile(parsePattern(source)), "ab12", 0, counting());
        } catch (error) {
          expect(error).toHaveProperty("name", "PatternError");
        }
      }),
      { numRuns: 3000 },
    );
  });
});
