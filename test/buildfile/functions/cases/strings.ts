import type { CasesByFunction } from "./function-cases.ts";

export const stringCases: CasesByFunction = {
  upper: {
    good: [
      ['upper("straße élan")', '"STRAßE ÉLAN"'],
      ['upper("ﬁ ŉ ΐ")', '"ﬁ ŉ ΐ"'],
      ['upper("ᾳᾀῃῳ")', '"ᾼᾈῌῼ"'],
      ['upper("ᾈ ǆ 𐐨")', '"ᾈ Ǆ 𐐀"'],
      ["upper(1.5)", '"1.5"'],
      ['upper("")', '""'],
    ],
    bad: [
      ['upper(["a"])', "expected string"],
      ["upper(null)", "must not be null"],
    ],
  },
  lower: {
    good: [
      ['lower("ÀÉ XyZ")', '"àé xyz"'],
      ['lower("İstanbul ΑΣ")', '"istanbul ασ"'],
      ["lower(true)", '"true"'],
    ],
    bad: [["lower({})", "expected string"]],
  },
  title: {
    good: [
      ['title("hello wORLD of-things o\'clock")', '"Hello WORLD Of-Things O\'Clock"'],
      ['title("a_b 1c élan’s x\u00a0y")', '"A_b 1c Élan’s X\u00a0Y"'],
      ['title("ǆ ა")', '"ǅ ა"'],
    ],
    bad: [["title([])", "expected string"]],
  },
  reverse: {
    good: [
      ['reverse("abc")', '"cba"'],
      ['reverse("añ日")', '"日ña"'],
      ['reverse("a👨‍👩‍👧b")', '"b👨‍👩‍👧a"'],
      [String.raw`reverse("a\r\nb")`, String.raw`"b\r\na"`],
    ],
    bad: [["reverse([1])", "expected string"]],
  },
  strlen: {
    good: [
      ['strlen("日本語")', "3"],
      ['strlen("")', "0"],
      ['strlen("👨‍👩‍👧🇩🇪")', "2"],
      [String.raw`strlen("e\u0301x\r\n")`, "3"],
      ["strlen(100000000000000000000)", "21"],
    ],
    bad: [["strlen([])", "expected string"]],
  },
  substr: {
    good: [
      ['substr("hello world", 0, 5)', '"hello"'],
      ['substr("hello", -3, 2)', '"ll"'],
      ['substr("hello", -9, 2)', '"he"'],
      ['substr("hello", 2, -1)', '"llo"'],
      ['substr("hello", 10, 2)', '""'],
      ['substr("hello", 1, 99)', '"ello"'],
      ['substr("日本語x", 1, 2)', '"本語"'],
      ['substr("日本語x", -2, -1)', '"語x"'],
      ['substr("hello", -3, 0)', '""'],
    ],
    bad: [
      ['substr("hello", 0.5, 1)', '"offset" of substr: must be a whole number, not 0.5'],
      ['substr("hello", 0, "x")', "expected number"],
      ['substr("hello", 0)', "needs exactly 3 arguments"],
    ],
  },
  replace: {
    good: [
      ['replace("a.b.c", ".", "-")', '"a-b-c"'],
      ['replace("aaa", "aa", "b")', '"ba"'],
      ['replace("a𐐀c", "", "-")', '"-a-𐐀-c-"'],
      ['replace("", "", "-")', '"-"'],
      ['replace("a$b", "$", "$$1")', '"a$$1b"'],
      ['replace(1.25, ".", "_")', '"1_25"'],
    ],
    bad: [
      ['replace("a", "b")', "needs exactly 3 arguments"],
      [
        'replace(join("", [for i in range(1000) : "aaaaaaaaaaaaaaaaaaaa"]), "", join("", [for i in range(1000) : "aaaaaaaaaa"]))',
        "longer than 64 Mi",
      ],
    ],
  },
  trim: {
    good: [
      ['trim("<>tag<>", "><")', '"tag"'],
      ['trim("abcba", "ab")', '"c"'],
      ['trim("xx", "x")', '""'],
      ['trim("abc", "")', '"abc"'],
      ['trim("😀a😀", "😀")', '"a"'],
    ],
    bad: [['trim("a")', "needs exactly 2 arguments"]],
  },
  trimspace: {
    good: [
      [String.raw`trimspace("  a b \n\t")`, '"a b"'],
      [String.raw`trimspace("\u00a0\u0085x\u2003\u3000")`, '"x"'],
      [String.raw`trimspace("\ufeffx")`, '"\ufeffx"'],
      ['trimspace("  ")', '""'],
    ],
    bad: [["trimspace({})", "expected string"]],
  },
  trimprefix: {
    good: [
      ['trimprefix("v1.2", "v")', '"1.2"'],
      ['trimprefix("vv1", "v")', '"v1"'],
      ['trimprefix("1.2", "v")', '"1.2"'],
      ['trimprefix("abc", "")', '"abc"'],
    ],
    bad: [['trimprefix("a", null)', "must not be null"]],
  },
  trimsuffix: {
    good: [
      ['trimsuffix("a.tar.gz", ".gz")', '"a.tar"'],
      ['trimsuffix("aa", "a")', '"a"'],
      ['trimsuffix("a", "abc")', '"a"'],
      ['trimsuffix("abc", "")', '"abc"'],
    ],
    bad: [['trimsuffix("a", [])', "expected string"]],
  },
  chomp: {
    good: [
      [String.raw`chomp("a\r\n\n")`, '"a"'],
      [String.raw`chomp("a\nb")`, String.raw`"a\nb"`],
      [String.raw`chomp("\n\r")`, '""'],
      [String.raw`chomp("a \n")`, '"a "'],
    ],
    bad: [["chomp()", "needs exactly 1 argument"]],
  },
  indent: {
    good: [
      [String.raw`indent(2, "a\nb\nc")`, String.raw`"a\n  b\n  c"`],
      [String.raw`indent(1, "a\n\nb\n")`, String.raw`"a\n \n b\n "`],
      ['indent(4, "one")', '"one"'],
      [String.raw`indent(0, "a\nb")`, String.raw`"a\nb"`],
    ],
    bad: [
      ['indent(-1, "a")', '"spaces" of indent: must not be negative'],
      ['indent(1.5, "a")', "must be a whole number"],
      [String.raw`indent(1000000000000, "a\nb")`, "longer than 64 Mi"],
    ],
  },
  basename: {
    good: [
      ['basename("/a/b/c.txt")', '"c.txt"'],
      ['basename("a")', '"a"'],
      ['basename("/a/b/")', '"b"'],
      ['basename("")', '"."'],
      ['basename("//")', '"/"'],
      ['basename("a//")', '"a"'],
    ],
    bad: [["basename([])", "expected string"]],
  },
  dirname: {
    good: [
      ['dirname("/a/b/c.txt")', '"/a/b"'],
      ['dirname("a//b/../c/d")', '"a/c"'],
      ['dirname("a")', '"."'],
      ['dirname("/a/b/")', '"/a/b"'],
      ['dirname("")', '"."'],
      ['dirname("/")', '"/"'],
      ['dirname("/a")', '"/"'],
      ['dirname("../../a")', '"../.."'],
    ],
    bad: [["dirname([])", "expected string"]],
  },
  sanitize: {
    good: [
      ['sanitize("feature/x.y")', '"feature_x_y"'],
      ['sanitize("naïve 日本😀")', '"na_ve____"'],
      ['sanitize("ok_name-1")', '"ok_name-1"'],
    ],
    bad: [["sanitize([])", "expected string"]],
  },
  join: {
    good: [
      ['join(",", ["a", "b", "c"])', '"a,b,c"'],
      ['join("/", ["a"], [], ["b", "c"])', '"a/b/c"'],
      ['join("+", [1, 2.5, true])', '"1+2.5+true"'],
      ['join("-", [])', '""'],
      ['join(",", setunion(["b", "a"]))', '"a,b"'],
    ],
    bad: [
      ['join(",")', "at least one list to join is needed"],
      ['join(",", [["a"]])', '"lists"'],
      ['join(",", ["a", null])', "element 1 is null"],
      ['join(",", "a")', "expected list of string"],
    ],
  },
  split: {
    good: [
      ['split(",", "a,b,c")', '["a","b","c"]'],
      ['split(",", "")', '[""]'],
      ['split("", "añ😀")', '["a","ñ","😀"]'],
      ['split("", "")', "[]"],
      ['split("--", "a--b-c--")', '["a","b-c",""]'],
    ],
    bad: [['split(",", ["a"])', "expected string"]],
  },
  sort: {
    good: [
      ['sort(["b", "a", "C", "10", "9"])', '["10","9","C","a","b"]'],
      ['sort(["é", "z", "e", "😀", "\uffee"])', '["e","z","é","\uffee","😀"]'],
      ["sort([])", "[]"],
      ["sort([10, 9, 1])", '["1","10","9"]'],
    ],
    bad: [
      ['sort(["a", null])', "element 1 is null"],
      ['sort("a")', "expected list of string"],
    ],
  },
  format: {
    good: [
      ['format("%s is %d, %5.2f or %q", "x", 5, 3.14159, "y")', String.raw`"x is 5,  3.14 or \"y\""`],
      ['format("%v %v %v", "s", 1.5, true)', '"s 1.5 true"'],
      [
        'format("%v %v %v %v %v", 0.0000001, 1e21, 1234567, 123456, -0.00001234)',
        '"1e-07 1e+21 1.234567e+06 123456 -1.234e-05"',
      ],
      ['format("%v %#v %v", [1, "a", null], "s", null)', String.raw`"[1,\"a\",null] \"s\" null"`],
      ['format("%05d|%-5d|%5d|%+d|% d|%-05d|", 42, 42, 42, 42, 42, 42)', '"00042|42   |   42|+42| 42|42   |"'],
      ['format("%x %X %o %b %#x %#X %#o %#b", 255, 255, 8, 5, 255, 255, 8, 5)', '"ff FF 10 101 0xff 0XFF 010 0b101"'],
      ['format("%.5d|%8.3d|%-8.3d|%08.3d|%.0d|%x", 42, 7, 7, 7, 0, -255)', '"00042|     007|007     |     007||-ff"'],
      ['format("%d", 123456789012345678901234567890)', '"123456789012345678901234567890"'],
      [
        'format("%e %E %f %g %G", 12345.678, 0.00012, 2, 0.00001, 1e21)',
        '"1.234568e+04 1.200000E-04 2.000000 1e-05 1E+21"',
      ],
      ['format("%.0f %.0f %.0f %.1f %.0e %.2e", 0.5, 1.5, 2.5, 0.25, 1.5, 99999)', '"0 2 2 0.2 2e+00 1.00e+05"'],
      [
        'format("%.3g %.3g %.3g %.10g %g %.0g", 1234.5, 0.00012345, 123, 100000, 100000, 25)',
        '"1.23e+03 0.000123 123 100000 100000 2e+01"',
      ],
      ['format("%08.2f|%-8.2f|%+.1f|% .1f|%8.1e", -1.5, 1.5, 1, 1, 1500)', '"-0001.50|1.50    |+1.0| 1.0| 1.5e+03"'],
      ['format("%e %.2f %f", 0, 0.001, 1e-10)', '"0.000000e+00 0.00 0.000000"'],
      ['format("%f %5v %-6v|", 1/0, 1/0, -1/0)', '"+Inf  +Inf -Inf  |"'],
      [
        'format("%5s|%-5s|%05s|%.2s|%.0s|%3s", "日本", "ab", "ab", "日本語", "abc", "abcd")',
        '"   日本|ab   |000ab|日本||abcd"',
      ],
      ['format("%t %t", true, "1")', '"true true"'],
      ['format("%q %8q", "a\\"<", "é")', String.raw`"\"a\\\"\\u003c\"      \"é\""`],
      ['format("100%% of %[2]s, %[1]s and %s", "a", "b")', '"100% of b, a and b"'],
      ['format("%3[2]d|%-3.1[1]f|", 1, 2)', '"  2|1.0|"'],
      ['format("%s%d", 5, "7")', '"57"'],
      ['format("")', '""'],
    ],
    bad: [
      ['format("%s %s", "a")', "%s in the format needs argument 2, but only 1 is given"],
      ['format("%s")', "but none is given"],
      ['format("%s", "a", "b")', '"args" of format: the format uses only 1 argument'],
      ['format("x", "a")', "the format has no verb for this argument"],
      ['format("%d", 1.5)', "%d needs a whole number (an integer), not 1.5"],
      ['format("%d", 1/0)', "needs a whole number"],
      ['format("%d", "x")', "expected number"],
      ['format("%s", null)', "%s cannot format null"],
      ['format("%s", ["a"])', "expected string"],
      ['format("%t", "yes")', "expected bool"],
      ['format("%y", 1)', "there is no verb %y"],
      ['format("100%")', "write %% for a percent sign"],
      ['format("%[0]s", 1)', "is no verb"],
      ['format("%[1]5s", 1)', "is no verb"],
      ['format("%99999999s", 1)', "asks for more than"],
      ['format("%v", [1/0])', "infinity has no JSON form"],
    ],
  },
  formatlist: {
    good: [
      ['formatlist("%s=%d", ["a", "b"], [1, 2])', '["a=1","b=2"]'],
      ['formatlist("%s-%s", "x", ["1", "2"])', '["x-1","x-2"]'],
      ['formatlist("%s", [])', "[]"],
      ['formatlist("k")', '["k"]'],
      ['formatlist("%s", "a")', '["a"]'],
      ['formatlist("%v", setunion(["b", "a"]))', '["a","b"]'],
      ['formatlist("%v %v", null, ["a"])', '["null a"]'],
    ],
    bad: [
      ['formatlist("%s%s", ["a"], ["b", "c"])', '"args" of formatlist: the lists must be equally long'],
      ['formatlist("%s", ["a", null])', "%s cannot format null"],
      ['formatlist("k", ["a"])', "no verb for this argument"],
    ],
  },
};
