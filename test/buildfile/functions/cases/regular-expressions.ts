import type { CasesByFunction } from "./function-cases.ts";

export const regexCases: CasesByFunction = {
  regex: {
    good: [
      [String.raw`regex("(\\d+)\\.(\\d+)", "v1.22")`, '["1","22"]'],
      ['regex("[a-z]+", "123abc456")', '"abc"'],
      [String.raw`regex("(?P<maj>\\d+)\\.(?<min>\\d+)", "v1.22")`, '{"maj":"1","min":"22"}'],
      ['regex("(a)|(b)", "b")', '[null,"b"]'],
      ['regex("(?P<x>a)?b", "b")', '{"x":null}'],
      ['regex("", "abc")', '""'],
      [String.raw`regex("^v(?:\\d)", "v9x")`, '"v9"'],
    ],
    bad: [
      ['regex("z+", "abc")', "regex: the pattern matches no part of the string"],
      ['regex("a(", "abc")', '"pattern" of regex: the pattern "a(" is not valid: a ( has no ) after it'],
      ['regex("(?P<x>a)(b)", "ab")', "mixes groups with and without a name"],
      ['regex("a(?=b)", "ab")', "lookahead"],
      [String.raw`regex("(a)\\1", "aa")`, "back-reference"],
    ],
  },
  regexall: {
    good: [
      ['regexall("[0-9]+", "a1b22c333")', '["1","22","333"]'],
      [String.raw`regexall("(\\w)=(\\d)", "a=1,b=2")`, '[["a","1"],["b","2"]]'],
      ['regexall("(?P<k>[a-z])", "ab")', '[{"k":"a"},{"k":"b"}]'],
      ['regexall("x", "abc")', "[]"],
      ['regexall("a*", "baaac")', '["","aaa",""]'],
      ['regexall("", "日本")', '["","",""]'],
      ['regexall("^a", "aaa")', '["a"]'],
    ],
    bad: [
      ['regexall("[z-a]", "abc")', "in the wrong order"],
      ['regexall("(", "abc")', "has no ) after it"],
    ],
  },
  regex_replace: {
    good: [
      [String.raw`regex_replace("a-b", "(\\w)-(\\w)", "$2-$1")`, '"b-a"'],
      ['regex_replace("hello", "l+", "L")', '"heLo"'],
      ['regex_replace("1.2.3", "^([0-9]+).*$", "$${1}x")', '"1x"'],
      ['regex_replace("1.2.3", "^([0-9]+).*$", "$1x")', '""'],
      ['regex_replace("john", "(?P<first>j)(o)", "$${first}$2$first$9$0")', '"jojjohn"'],
      ['regex_replace("ab", "b", "$$$ $- $")', '"a$$ $- $"'],
      ['regex_replace("abc", "", "-")', '"-a-b-c-"'],
      ['regex_replace("baac", "a*", "x")', '"xbxcx"'],
      ['regex_replace("日本", "本", "x")', '"日x"'],
      ['regex_replace("abc", "z", "y")', '"abc"'],
    ],
    bad: [
      [
        'regex_replace("a", "*", "b")',
        '"pattern" of regex_replace: the pattern "*" is not valid: nothing is there for * to repeat',
      ],
    ],
  },
};
