import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandWord, expandWords } from "../../src/dockerfile/expand.ts";

const variables = new Map(
  Object.entries({
    a: "A",
    e: "",
    p: "a/b/c.tar.gz",
    sp: "x y  z",
    star: "a*b*c",
    bs: "a\\b",
    u: "é😀é",
    nl: "a\nb",
    big: "x".repeat(100_000),
    "\u00e9": "accent",
  }),
);
const options = { escape: "\\", variable: (name: string) => variables.get(name) };
const value = (text: string) => expandWord(text, options).value;

describe("variables", () => {
  test.each([
    ["$a", "A"],
    ["${a}", "A"],
    ["x${a}y$a", "xAyA"],
    ["$none.", "."],
    ["$", "$"],
    ["$ a", "$ a"],
    ["$.", "$."],
    ["$$", ""],
    ["$$a", "a"],
    ["$1abc", "abc"],
    ["$10x", "x"],
    ["$a_b", ""],
    ["$é", "accent"],
    ["$@$*$#$?$-$!$0", ""],
  ])("%s is %j", (text, expected) => {
    expect(value(text)).toBe(expected);
  });
});

describe("conditions", () => {
  test.each([
    ["${a:-x}", "A"],
    ["${n:-x}", "x"],
    ["${e:-x}", "x"],
    ["${e-x}", ""],
    ["${n-x}", "x"],
    ["${a:+x}", "x"],
    ["${e:+x}", ""],
    ["${e+x}", "x"],
    ["${n+x}", ""],
    ["${a:?m}", "A"],
    ["${e?m}", ""],
    ["${n:-${a:-y}}", "A"],
    ["${n:-${n:-${n:-deep}}}", "deep"],
    ["${n:-$a}", "A"],
    ["${n:-'}'}", "}"],
    ["${n:-\\}}", "}"],
    ["${n:-}", ""],
  ])("%s is %j", (text, expected) => {
    expect(value(text)).toBe(expected);
  });
});

describe("patterns", () => {
  test.each([
    ["${p#*/}", "b/c.tar.gz"],
    ["${p##*/}", "c.tar.gz"],
    ["${p%.*}", "a/b/c.tar"],
    ["${p%%.*}", "a/b/c"],
    ["${p#?}", "/b/c.tar.gz"],
    ["${p#x}", "a/b/c.tar.gz"],
    ["${p#[a-z]}", "a/b/c.tar.gz"],
    ["${star#a\\*}", "b*c"],
    ["${star%\\*?}", "a*b"],
    ["${p/b/X}", "a/X/c.tar.gz"],
    ["${p//\\//-}", "a-b-c.tar.gz"],
    ["${p//./}", "a/b/ctargz"],
    ["${p/a*b/X}", "X/c.tar.gz"],
    ["${p//?/x}", "xxxxxxxxxxxx"],
    ["${p/nope/x}", "a/b/c.tar.gz"],
    ["${a//x*/y}", "A"],
    ["${a//*/y}", "y"],
    ["${a///y}", "yAy"],
    ["${u#?}", "😀é"],
    ["${u//?/x}", "xxx"],
    ["${u%?}", "é😀"],
    ["${nl%%*b}", "a\n"],
    ["${bs//\\\\/-}", "a-b"],
    ["${n#x}", ""],
    ["${p#$none*/}", "b/c.tar.gz"],
    ["${p##*'/'}", "c.tar.gz"],
  ])("%s is %j", (text, expected) => {
    expect(expandWord(text, options)).toMatchObject({ value: expected });
    expect(expandWord(text, options).error).toBeUndefined();
  });
});

describe("quotes and escapes", () => {
  test.each([
    ["'$a'", "$a"],
    ['"$a"', "A"],
    ["\\$a", "$a"],
    ['"\\$a"', "$a"],
    ['"\\x"', "\\x"],
    ['"\\\\"', "\\"],
    ['"\\""', '"'],
    ["\\x", "x"],
    ["a\\", "a"],
    [`"it's"`, "it's"],
    [`'say "x"'`, 'say "x"'],
    ["a b", "a b"],
    ["<<x", "<<x"],
    ["`a`", "`a`"],
  ])("%s is %j", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  test("a backtick escapes where it is the escape character", () => {
    expect(expandWord("c:\\x\\`$a", { ...options, escape: "`" }).value).toBe("c:\\x\\$a");
  });

  test.each([
    [`it's "$a" '$a'`, `it's "A" 'A'`],
    ["\\$a \\\\ \\x", "$a \\ x"],
  ])("quotes are plain in heredocs: %s", (text, expected) => {
    expect(expandWord(text, { ...options, plainQuotes: true }).value).toBe(expected);
  });
});

describe("has no value:", () => {
  test.each([
    ["${n:?must be set}", "n: must be set"],
    ["${n?}", "n: is not allowed to be unset"],
    ["${e:?}", "e: is not allowed to be empty"],
    ["${", "syntax error: missing '}'"],
    ["${a", "syntax error: missing '}'"],
    ["${a:-x", "syntax error: missing '}'"],
    ["${p/a", "syntax error: missing '/' in ${}"],
    ["${p/a/b", "syntax error: missing '}'"],
    ["${}", "syntax error: bad substitution"],
    ["${{a}", "syntax error: bad substitution"],
    ["${:a}", "syntax error: bad substitution"],
    ["${a:=x}", "unsupported modifier (:=) in substitution"],
    ["${a.b}", "unsupported modifier (.) in substitution"],
    ["${a:#x}", "unsupported modifier (:#) in substitution"],
    ["'a", "unexpected end of statement while looking for matching single-quote"],
    ['"a', "unexpected end of statement while looking for matching double-quote"],
    ["${p#\\x}", "invalid pattern (\\x) in substitution: invalid escape '\\x'"],
    ["${a:-".repeat(5000), "substitutions are nested too deeply"],
    ["${big//x/$big}", "invalid pattern (x) in substitution: the value gets too long"],
    ["$big".repeat(100), "the value gets too long"],
    [
      `\${big#${"?".repeat(6000)}}`,
      `invalid pattern (${"?".repeat(6000)}) in substitution: it is too long for so long a value`,
    ],
  ])("%.40s", (text, error) => {
    expect(expandWord(text, options)).toMatchObject({ value: "", error });
  });
});

test("says which variables it used and which it missed", () => {
  expect(expandWord("$a ${n:-$m} $e $a '$q'", options)).toMatchObject({ matched: ["a", "e"], unmatched: ["m", "n"] });
});

describe("words", () => {
  test.each([
    ["a b", ["a", "b"]],
    ["$sp", ["x", "y", "z"]],
    ['"$sp"', ["x y  z"]],
    ["1$sp", ["1x", "y", "z"]],
    ["80${n:-80}", ["8080"]],
    ["", []],
    ["$e", []],
    ["a\\ b", ["a b"]],
  ])("%s is %j", (text, words) => {
    expect(expandWords(text, options).words).toEqual(words);
  });
});

test("never throws, and says either a value or an error", () => {
  const piece = fc.constantFrom(
    "$",
    "{",
    "}",
    "a",
    "n",
    ":",
    "-",
    "+",
    "?",
    "#",
    "%",
    "/",
    "\\",
    "'",
    '"',
    "*",
    " ",
    "<",
    "é",
    "😀",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { value: expanded, error } = expandWord(pieces.join(""), options);
      expect(error === undefined || expanded === "").toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("a pattern without stars removes and replaces what it spells", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\n"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, text, (start, found, rest) => {
      fc.pre(found !== "");
      const variable = () => start + found + rest;
      const known = { escape: "\\", variable };
      expect(expandWord(`\${v#${start}}`, known).value).toBe(found + rest);
      expect(expandWord(`\${v%${rest}}`, known).value).toBe(start + found);
      expect(expandWord(`\${v//${found}/X}`, known).value).toBe(variable().replaceAll(found, "X"));
    }),
  );
});
