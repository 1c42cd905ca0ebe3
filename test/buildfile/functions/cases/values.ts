import type { CasesByFunction } from "./function-cases.ts";

export const logicCases: CasesByFunction = {
  and: {
    good: [
      ["and(true, false)", "false"],
      ['and("true", true)', "true"],
    ],
    bad: [['and("yes", true)', "expected bool"]],
  },
  or: {
    good: [
      ["or(true, false)", "true"],
      ["or(false, false)", "false"],
    ],
    bad: [["or(true, null)", "must not be null"]],
  },
  not: { good: [["not(true)", "false"]], bad: [["not(2)", "expected bool"]] },
  equal: {
    good: [
      ["equal([1, 2], [1, 2])", "true"],
      ['equal(1, "1")', "false"],
      ["equal(null, null)", "true"],
      ["equal({ a = 1 }, { a = 1, b = 2 })", "false"],
    ],
    bad: [["equal(1)", "needs exactly 2 arguments"]],
  },
  notequal: {
    good: [
      ['notequal("a", "b")', "true"],
      ["notequal(null, 1)", "true"],
    ],
    bad: [["notequal(1, 2, 3)", "needs exactly 2 arguments"]],
  },
  coalesce: {
    good: [
      ['coalesce(null, "a", "b")', '"a"'],
      ['coalesce("", "b")', '""'],
      ["coalesce(null, 5)", "5"],
      ['coalesce(1, "x")', '"1"'],
    ],
    bad: [
      ["coalesce(null, null)", "coalesce: all arguments are null"],
      ["coalesce()", "at least one value is needed"],
      ["coalesce([], {})", "types that do not go together"],
    ],
  },
  can: {
    good: [
      ['can(parseint("x", 10))', "false"],
      ["can(1 + 1)", "true"],
      ["can(null)", "true"],
    ],
    bad: [["can()", "needs exactly 1 argument"]],
  },
  try: {
    good: [
      ['try({}.missing, "fallback")', '"fallback"'],
      ['try(null, "x")', "null"],
      ['try(parseint("zz", 10), -1)', "-1"],
    ],
    bad: [
      ["try({}.a, {}.b)", "try: no expression can be evaluated: (1)"],
      ["try()", "needs at least 1 argument"],
    ],
  },
  convert: {
    good: [
      ['convert([1, true, "x"], list(string))', '["1","true","x"]'],
      ['convert("5", number)', "5"],
      ["convert(null, string)", "null"],
      ["convert({ a = 1, b = 2 }, object({ a = string, c = optional(bool) }))", '{"a":"1","c":null}'],
    ],
    bad: [
      ['convert("x", number)', "expected number"],
      ["convert(1, strin)", '"strin" is not a type'],
      ["convert({}.a, string)", "convert"],
    ],
  },
};

export const collectionCases: CasesByFunction = {
  length: {
    good: [
      ["length([1, 2, 3])", "3"],
      ["length([])", "0"],
      ["length(convert({ a = 1 }, map(number)))", "1"],
      ['length(setunion(["a", "a"]))', "1"],
    ],
    bad: [
      ["length({ a = 1 })", "not an object"],
      ['length("abc")', "strlen counts characters"],
    ],
  },
  element: {
    good: [
      ['element(["a", "b", "c"], 4)', '"b"'],
      ['element(["a", "b", "c"], -1)', '"c"'],
      ['element(["a", "b", "c"], -4)', '"c"'],
      ['element(split(",", "x,y"), 3)', '"y"'],
    ],
    bad: [
      ["element([], 0)", "the list is empty"],
      ['element(setunion(["a"]), 0)', "have no positions"],
      ["element([1], 0.5)", "must be a whole number"],
      ['element("a", 0)', "must be a list"],
    ],
  },
  index: {
    good: [
      ['index(["a", "b"], 1)', '"b"'],
      ['index(convert({ k = "v" }, map(string)), "k")', '"v"'],
    ],
    bad: [
      ['index(["a"], 1)', "1 is no index of a list with 1 element"],
      ['index(["a"], -1)', "-1 is no index"],
      ['index(["a"], "0")', "the key for a list must be a number"],
      ["index(convert({ k = 1 }, map(number)), 0)", "the key for a map must be a string"],
      ['index(convert({ k = 1 }, map(number)), "x")', 'the map has no key "x"'],
      ['index({ a = 1 }, "a")', "lookup finds attributes"],
    ],
  },
  indexof: {
    good: [
      ['indexof(["a", "b", "c"], "b")', "1"],
      ["indexof([{ a = 1 }, { a = 2 }], { a = 2 })", "1"],
    ],
    bad: [
      ['indexof(["a"], "z")', 'no element of the list equals the string "z"'],
      ['indexof([1], "1")', "no element"],
      ["indexof([], 1)", "the list is empty"],
    ],
  },
  hasindex: {
    good: [
      ['hasindex(["a"], 0)', "true"],
      ['hasindex(["a"], 1)', "false"],
      ['hasindex(["a"], "0")', "false"],
      ['hasindex(["a"], 0.5)', "false"],
      ['hasindex(convert({ k = 1 }, map(number)), "k")', "true"],
      ["hasindex(convert({ k = 1 }, map(number)), 0)", "false"],
    ],
    bad: [['hasindex({ a = 1 }, "a")', "must be a list or map"]],
  },
  contains: {
    good: [
      ['contains(["a", "b"], "b")', "true"],
      ['contains([1, 2], "1")', "false"],
      ["contains([], 1)", "false"],
      ['contains(setunion(["x"]), "x")', "true"],
      ["contains([[1], [2]], [2])", "true"],
    ],
    bad: [['contains("abc", "a")', "must be a list or set"]],
  },
  lookup: {
    good: [
      ['lookup({ a = "x" }, "b", "d")', '"d"'],
      ['lookup({ a = "x" }, "a", "d")', '"x"'],
      ['lookup(convert({ k = 5 }, map(number)), "z", "9")', "9"],
    ],
    bad: [
      ['lookup({ a = 1 }, "a")', "needs exactly 3 arguments"],
      ['lookup({ a = 1 }, "b", null)', "must not be null"],
      ['lookup(convert({ k = 5 }, map(number)), "k", "x")', "must fit the elements of the map"],
      ['lookup([1], "a", 1)', "must be a map or object"],
    ],
  },
  keys: {
    good: [
      ["keys({ b = 1, a = 2 })", '["a","b"]'],
      ["keys({})", "[]"],
      ["keys(convert({ z = 1, y = 2 }, map(number)))", '["y","z"]'],
    ],
    bad: [['keys(["a"])', "must be a map or object, not a list"]],
  },
  values: {
    good: [
      ['values({ b = 1, a = "x" })', '["x",1]'],
      ["values({})", "[]"],
      ["values(convert({ z = 1, y = 2 }, map(number)))", "[2,1]"],
    ],
    bad: [['values("a")', "must be a map or object"]],
  },
  concat: {
    good: [
      ['concat(["a"], ["b", 1])', '["a","b",1]'],
      ["concat([], [])", "[]"],
      ['concat(split(",", "a,b"), ["c"])', '["a","b","c"]'],
      ["concat([1], [[2]])", "[1,[2]]"],
      ['concat(split(",", "a"), range(2))', '["a","0","1"]'],
    ],
    bad: [
      ['concat(["a"], "b")', 'must be a list, not the string "b"'],
      ["concat()", "at least one list"],
      ['concat(setunion(["a"]))', "have no positions"],
    ],
  },
  flatten: {
    good: [
      ["flatten([1, [2, [3, [4]]]])", "[1,2,3,4]"],
      ["flatten([[], [[]]])", "[]"],
      ['flatten([{ a = [1] }, ["x"]])', '[{"a":[1]},"x"]'],
      ['flatten([setunion(["b", "a"]), "z"])', '["a","b","z"]'],
      ["flatten([null, [null]])", "[null,null]"],
    ],
    bad: [['flatten("a")', "must be a list or set"]],
  },
  distinct: {
    good: [
      ['distinct(["b", "a", "b"])', '["b","a"]'],
      ["distinct([1, 1.0, 2])", "[1,2]"],
      ['distinct(["1", 1])', '["1"]'],
      ["distinct([[1], [1], [2]])", "[[1],[2]]"],
      ["distinct([])", "[]"],
      ['distinct([null, "a", null])', '[null,"a"]'],
    ],
    bad: [["distinct([1, true])", "elements of one type"]],
  },
  compact: {
    good: [
      ['compact(["a", "", "b", null])', '["a","b"]'],
      ['compact([1, "", true])', '["1","true"]'],
      ["compact([])", "[]"],
    ],
    bad: [["compact([[]])", "expected string"]],
  },
  chunklist: {
    good: [
      ['chunklist(["a", "b", "c"], 2)', '[["a","b"],["c"]]'],
      ["chunklist([1, 2], 5)", "[[1,2]]"],
      ["chunklist([], 2)", "[]"],
      ["chunklist([], 0)", "[]"],
      ["chunklist([1, 2, 3], 0)", "[[1,2,3]]"],
    ],
    bad: [
      ["chunklist([1], -1)", "must not be negative"],
      ["chunklist([1], 1.5)", "must be a whole number"],
    ],
  },
  slice: {
    good: [
      ['slice(["a", "b", "c", "d"], 1, 3)', '["b","c"]'],
      ['slice(["a"], 1, 1)', "[]"],
      ['slice(split(",", "x,y,z"), 2, 3)', '["z"]'],
    ],
    bad: [
      ['slice(["a"], 0, 2)', '"end_index" of slice: the end is 2'],
      ['slice(["a"], -1, 1)', "must not be negative"],
      ['slice(["a", "b"], 2, 1)', "is behind the end"],
      ['slice(setunion(["a"]), 0, 1)', "have no positions"],
    ],
  },
  reverselist: {
    good: [
      ['reverselist([1, "a", true])', '[true,"a",1]'],
      ["reverselist([])", "[]"],
      ['reverselist(setunion(["a", "b"]))', '["b","a"]'],
    ],
    bad: [['reverselist("abc")', "must be a list or set"]],
  },
  coalescelist: {
    good: [
      ['coalescelist([], ["a"], ["b"])', '["a"]'],
      ["coalescelist(null, [1])", "[1]"],
    ],
    bad: [
      ["coalescelist([], null)", "none of the arguments is a list with elements"],
      ["coalescelist()", "none of the arguments"],
      ['coalescelist("a")', "must be a list"],
    ],
  },
  merge: {
    good: [
      ['merge({ a = 1, b = 1 }, { b = "x" })', '{"a":1,"b":"x"}'],
      ["merge()", "{}"],
      ["merge({ a = 1 }, null)", '{"a":1}'],
      ["merge({ a = { x = 1 } }, { a = { y = 2 } })", '{"a":{"y":2}}'],
      ["merge(convert({ a = 1 }, map(string)), { b = 2 })", '{"a":"1","b":2}'],
    ],
    bad: [["merge({}, [1])", "must be a map or object, not a list"]],
  },
  zipmap: {
    good: [
      ['zipmap(["a", "b"], [1, "x"])', '{"a":1,"b":"x"}'],
      ["zipmap([], [])", "{}"],
      ['zipmap(["a", "a"], [1, 2])', '{"a":2}'],
      ['zipmap(split(",", "p,q"), split(",", "1,2"))', '{"p":"1","q":"2"}'],
    ],
    bad: [
      ['zipmap(["a", "b"], [1])', "zipmap: 2 keys cannot be paired with 1 value"],
      ["zipmap([null], [1])", "element 0 is null"],
      ['zipmap(["a"], setunion(["x"]))', "have no positions"],
    ],
  },
  setproduct: {
    good: [
      ['setproduct(["a", "b"], [1, 2])', '[["a",1],["a",2],["b",1],["b",2]]'],
      ['setproduct([], ["a"])', "[]"],
      ["setproduct([], [for i in range(40) : [0, 1]]...)", "[]"],
      ['setproduct(["a", 1], [true])', '[["a",true],["1",true]]'],
      ['setproduct(setunion(["b", "a"]), [1])', '[["a",1],["b",1]]'],
    ],
    bad: [
      ['setproduct(["a"])', "at least two"],
      ['setproduct(["a"], [1, true])', "the elements must be of one type"],
      ['setproduct(["a"], "b")', "must be a list or set"],
      ["setproduct(range(1000), range(1000), range(1000))", "more than 1,000,000 elements"],
    ],
  },
  setunion: {
    good: [
      ['setunion(["b", "a"], ["c", "a"])', '["a","b","c"]'],
      ["setunion([2, 1], [10])", "[1,2,10]"],
      ['setunion([], ["a"])', '["a"]'],
      ['setunion([1], ["a"])', '["1","a"]'],
      ["setunion([], [])", "[]"],
      ["setunion([], [[2], [1]])", "[[1],[2]]"],
    ],
    bad: [
      ["setunion([1], [true])", "types that do not go together"],
      ["setunion()", "needs at least 1 argument"],
    ],
  },
  setintersection: {
    good: [
      ['setintersection(["a", "b", "c"], ["b", "c"], ["c"])', '["c"]'],
      ['setintersection(["a"], ["b"])', "[]"],
    ],
    bad: [['setintersection("a")', "expected set"]],
  },
  setsubtract: {
    good: [['setsubtract(["a", "b", "c"], ["b"])', '["a","c"]']],
    bad: [['setsubtract(["a"])', "needs exactly 2 arguments"]],
  },
  setsymmetricdifference: {
    good: [
      ['setsymmetricdifference(["a", "b"], ["b", "c"])', '["a","c"]'],
      ["setsymmetricdifference([1, 2], [2, 3], [3, 4])", "[1,4]"],
    ],
    bad: [["setsymmetricdifference({})", "expected set"]],
  },
  sethaselement: {
    good: [
      ['sethaselement(["a", "b"], "a")', "true"],
      ['sethaselement([1, 2], "1")', "false"],
    ],
    bad: [['sethaselement("a", "a")', "expected set"]],
  },
};
