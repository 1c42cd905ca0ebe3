import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticList } from "../../../src/base/diagnostic.ts";
import { evaluate } from "../../../src/buildfile/hcl/evaluate.ts";
import { unknownValue } from "../../../src/buildfile/hcl/value.ts";
import { blamed, evaluateText, expressionOf, jsonOf, scopeOf } from "./expressions.ts";

const variables = {
  n: "5",
  s: '"text"',
  l: '["a", "b", "c"]',
  o: '{ a = 1, "b-c" = 2, "d.e" = { f = 3 }, 7 = "seven" }',
  people: '[{ name = "ann", team = "red" }, { name = "bob", team = "blue" }, { name = "cyd", team = "red" }]',
  nothing: "null",
  k: '"a"',
  typed: "tolist([1, 2])",
  set: 'toset(["b", "a", "b"])',
  "n-1": '"a name"',
};

describe("operators", () => {
  it.each([
    ["2 + 3 * 4", "14"],
    ["(2 + 3) * 4", "20"],
    ["20 / 2 / 5", "2"],
    ["7 - 3 - 2", "2"],
    ["-2 * 3", "-6"],
    ["2 * -3", "-6"],
    ["1 + 10 % 4 * 2", "5"],
    ["0.1 + 0.2 == 0.3", "true"],
    ["-0", "0"],
    ["9 / 2", "4.5"],
    ['"2" + 3', "5"],
    ['"10" > 9', "true"],
    ['-"5"', "-5"],
    ['!"false"', "true"],
    ['"1" && true', "true"],
    ["1 < 2 && 2 < 3", "true"],
    ["false || 1 == 1 && false", "false"],
    ["1 < 2 == true", "true"],
    ["2 >= 2", "true"],
    ["2 != 3", "true"],
    ['1 == "1"', "false"],
    ['true == "true"', "false"],
    ["null == null", "true"],
    ['null == ""', "false"],
    ["[1] == [1]", "true"],
    ['["1"] == [1]', "false"],
    ["tolist([1]) == [1]", "false"],
    ["{ a = 1 } == { a = 1 }", "true"],
    ["{ a = 1 } != { a = 2 }", "true"],
    ["1.0 == 1", "true"],
    ["n -1", "4"],
    ["n-1", '"a name"'],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });
});

describe("logical operators", () => {
  it.each([
    ["false && missing", "false"],
    ["missing && false", "false"],
    ["true || o.missing", "true"],
    ["o.missing || true", "true"],
    ["can(o.missing) && o.missing", "false"],
    ["missing && missing && false", "false"],
    ["(missing || true) && true", "true"],
    ["false && null", "false"],
  ])("%s is %s: what does not matter may fail", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it.each([
    ['false && "abc"', '"abc"'],
    ["true && missing", "missing"],
    ["missing || false", "missing"],
    ["true && null", "null"],
    ["false || [1]", "[1]"],
  ])("%s fails at %s", (text, place) => {
    const { value, diagnostics } = evaluateText(text, { variables });
    expect(value).toBe(unknownValue);
    expect(diagnostics.map(blamed)).toEqual([place]);
  });
});

describe("arithmetic", () => {
  it("division by zero is infinite, zero by zero is an error", () => {
    expect(jsonOf('"${1 / 0} ${-1 / 0}"')).toBe('"+Inf -Inf"');
    expect(evaluateText("0 / 0").diagnostics).toMatchObject([{ code: "eval/undefined-result" }]);
    expect(evaluateText("1 / 0 - 1 / 0").diagnostics).toMatchObject([{ code: "eval/undefined-result" }]);
    expect(evaluateText("1 / 0 * 0").diagnostics).toMatchObject([{ code: "eval/undefined-result" }]);
  });

  it("chains of any length evaluate without recursion", () => {
    const one = expressionOf("1");
    const { span } = one;
    let sum = one;
    for (let i = 1; i < 50_000; i++) {
      sum = { kind: "binary", operator: "+", operatorSpan: span, left: sum, right: one, span };
    }
    const report = new DiagnosticList();
    const value = evaluate(sum, scopeOf({}), report);
    expect(report.items).toEqual([]);
    expect(value).toMatchObject({ kind: "number", value: { value: 50_000 } });
    expect(jsonOf(`${Array(900).fill("true").join(" && ")} && false`)).toBe("false");
  });

  it("whole numbers calculate like big integers", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.constantFrom("+", "-", "*"), (a, b, operator) => {
        const expected = operator === "+" ? a + b : operator === "-" ? a - b : a * b;
        fc.pre(String(expected).length < 154);
        expect(jsonOf(`(${a}) ${operator} (${b})`)).toBe(String(expected));
      }),
    );
  });
});

describe("conditionals", () => {
  it.each([
    ['true ? "y" : "n"', '"y"'],
    ["true ? false ? 1 : 2 : 3", "2"],
    ["false ? 1 : true ? 2 : 3", "2"],
    ['true ? 1 : "x"', '"1"'],
    ['"true" ? 1 : 2', "1"],
    ['false ? 1 : "x"', '"x"'],
    ['true ? [1] : ["x"]', '["1"]'],
    ['true ? [1, 2] : ["x"]', '["1","2"]'],
    ['true ? [] : ["x"]', "[]"],
    ['true ? true : "maybe"', '"true"'],
    ["true ? null : 5", "null"],
    ["false ? null : [1]", "[1]"],
    ['true ? { a = 1 } : { b = "x" }', '{"a":"1"}'],
    ['true ? { a = 1 } : { a = "x" }', '{"a":"1"}'],
    ["true ? {} : { a = 1 }", "{}"],
    ["true ? tolist([1]) : []", "[1]"],
    ['true ? "ok" : l[9]', '"ok"'],
    ['false ? missing : "none"', '"none"'],
    ['1 == 1 ? [null, 1] : ["a", "b"]', '[null,"1"]'],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it.each([
    ['true ? [1] : "x"', "eval/inconsistent-types"],
    ["true ? 1 : true", "eval/inconsistent-types"],
    ["true ? { a = 1 } : { a = true }", "eval/inconsistent-types"],
    ["5 ? 1 : 2", "eval/type-mismatch"],
    ['"yes" ? 1 : 2', "eval/type-mismatch"],
    ["null ? 1 : 2", "eval/null-value"],
    ["true ? missing : 1", "eval/unknown-variable"],
  ])("%s fails with %s", (text, code) => {
    expect(evaluateText(text, { variables }).diagnostics.map((one) => one.code)).toEqual([code]);
  });

  it.each([
    ['true ? [1] : "x"', "the two results have no type in common: list and string"],
    ['false ? [1] : "x"', "the two results have no type in common: list and string"],
    ["true ? [1] : [true]", "the two results are both lists, but with contents of different types"],
  ])("%s: %s", (text, message) => {
    expect(evaluateText(text).diagnostics.map((one) => one.message)).toEqual([message]);
  });

  it("an open null takes the type of the other result", () => {
    expect(evaluateText('true ? null : "x"').value).toMatchObject({ kind: "null", type: { kind: "string" } });
  });
});

describe("indexes and attributes", () => {
  it.each([
    ["l[0]", '"a"'],
    ["l[1 + 1]", '"c"'],
    ['l["1"]', '"b"'],
    ["l.0", '"a"'],
    ['[["x", "y"], ["z"]][0][1]', '"y"'],
    ["typed[1]", "2"],
    ["o.a", "1"],
    ['o["b-c"]', "2"],
    ["o.b-c", "2"],
    ['o["d.e"].f', "3"],
    ["o[k]", "1"],
    ['o["${k}"]', "1"],
    ["o[7]", '"seven"'],
    ["o.7", '"seven"'],
    ["(o).a", "1"],
    ["{ a = 1 }.a", "1"],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it.each([
    ["l[3]", "3", "eval/index-out-of-range"],
    ["[][0]", "0", "eval/index-out-of-range"],
    ["l[-1]", "-1", "eval/invalid-index"],
    ["l[0.5]", "0.5", "eval/invalid-index"],
    ['l["x"]', '"x"', "eval/invalid-index"],
    ["l[1 / 0]", "1 / 0", "eval/invalid-index"],
    ["l[null]", "null", "eval/null-value"],
    ["nothing[0]", "nothing", "eval/null-value"],
    ["nothing.x", "x", "eval/null-value"],
    ["o.zebra", "zebra", "eval/missing-attribute"],
    ['o["zebra"]', '"zebra"', "eval/missing-attribute"],
    ["o[[1]]", "[1]", "eval/invalid-index"],
    ["set[0]", "set", "eval/not-indexable"],
    ["s[0]", "s", "eval/not-indexable"],
    ["people.name", "name", "eval/no-attributes"],
    ["s.name", "name", "eval/no-attributes"],
    ["nobody.name", "nobody", "eval/unknown-variable"],
  ])("%s fails at %s with %s", (text, place, code) => {
    const { value, diagnostics } = evaluateText(text, { variables });
    expect(value).toBe(unknownValue);
    expect(diagnostics.map((one) => [blamed(one), one.code])).toEqual([[place, code]]);
  });
});

describe("splats", () => {
  it.each([
    ["people[*].name", '["ann","bob","cyd"]'],
    ["people.*.name", '["ann","bob","cyd"]'],
    ["[[1, 2], [3]][*][0]", "[1,3]"],
    ["[][*].x", "[]"],
    ["{ n = 1 }[*].n", "[1]"],
    ['"s"[*]', '["s"]'],
    ["null[*]", "[]"],
    ["5[*]", "[5]"],
    ['[{ l = ["p"] }, { l = ["q"] }].*.l[0]', '["p"]'],
    ["[[{ x = 1 }], [{ x = 2 }]][*][*].x", "[[1],[2]]"],
    ["set[*]", '["a","b"]'],
    ["typed[*]", "[1,2]"],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it("on lists and sets makes lists, on everything else tuples", () => {
    const kinds = ["typed[*]", "set[*]", "l[*]", "5[*]"].map((text) => evaluateText(text, { variables }).value.kind);
    expect(kinds).toEqual(["list", "list", "tuple", "tuple"]);
  });

  it("fails once, at the step that fails", () => {
    const { diagnostics } = evaluateText("people[*].nme", { variables });
    expect(diagnostics.map((one) => [blamed(one), one.hint])).toEqual([["nme", 'did you mean "name"?']]);
  });
});

describe("for expressions", () => {
  it.each([
    ["[for x in l : upper(x)]", '["A","B","C"]'],
    ['[for i, x in l : "${i}${x}"]', '["0a","1b","2c"]'],
    ['[for x in l : x if x != "b"]', '["a","c"]'],
    ["[for x in [] : x]", "[]"],
    ['[for k, v in { z = 1, a = 2 } : "${k}=${v}"]', '["a=2","z=1"]'],
    ["[for v in { z = 1, a = 2 } : v]", "[2,1]"],
    ["[for k, v in set : [k, v]]", '[["a","a"],["b","b"]]'],
    ["{ for x in l : x => upper(x) }", '{"a":"A","b":"B","c":"C"}'],
    ['{ for i, x in l : "k${i}" => x if i > 0 }', '{"k1":"b","k2":"c"}'],
    ["{ for k, v in { one = 1, two = 2 } : v => k }", '{"1":"one","2":"two"}'],
    ["{ for p in people : p.team => p.name... }", '{"blue":["bob"],"red":["ann","cyd"]}'],
    ['{ for p in people : p.team => p.name... if p.name != "ann" }', '{"blue":["bob"],"red":["cyd"]}'],
    ["[for l in l : l]", '["a","b","c"]'],
    ["[for target in l : target]", '["a","b","c"]'],
    ["[for a in [1, 2] : [for b in [10, 20] : a + b]]", "[[11,21],[12,22]]"],
  ])("%s is %s", (text, json) => {
    const reference = (): never => {
      throw new Error("a loop name is no reference");
    };
    expect(jsonOf(text, { variables, reference })).toBe(json);
  });

  it.each([
    ['{ for x in ["p", "q", "p"] : x => 1 }', "x", "eval/duplicate-key"],
    ["{ for x in [null] : x => 1 }", "x", "eval/null-value"],
    ["{ for x in [[1]] : x => 1 }", "x", "eval/invalid-key"],
    ["[for x in nothing : x]", "nothing", "eval/null-value"],
    ["[for x in s : x]", "s", "eval/not-iterable"],
    ["[for x in l : x if null]", "null", "eval/null-value"],
    ["[for x in l : x if x]", "x", "eval/type-mismatch"],
    ["[for x in l : y]", "y", "eval/unknown-variable"],
  ])("%s fails once, at %s, with %s", (text, place, code) => {
    const { value, diagnostics } = evaluateText(text, { variables });
    expect(value).toBe(unknownValue);
    expect(diagnostics.map((one) => [blamed(one), one.code])).toEqual([[place, code]]);
  });
});

describe("lists and objects", () => {
  it.each([
    ['[1, "two", true, null, [3], { k = "v" }]', '[1,"two",true,null,[3],{"k":"v"}]'],
    [
      '{ bare = 1, "quoted key" = 2, 10 = 3, (k) = 4, "${k}-t" = 5, true = 6, null = 7 }',
      '{"10":3,"a":4,"a-t":5,"bare":1,"null":7,"quoted key":2,"true":6}',
    ],
    ["{ a = 1, b = 2, a = 3 }", '{"a":3,"b":2}'],
    ["{ (n) = 1, (true) = 2 }", '{"5":1,"true":2}'],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it("report every item that fails", () => {
    const { value, diagnostics } = evaluateText("[first, { a = second, (nothing) = 1 }, 2 + third]", { variables });
    expect(value).toBe(unknownValue);
    expect(diagnostics.map(blamed)).toEqual(["first", "second", "(nothing)", "third"]);
  });
});

describe("templates", () => {
  it.each([
    ['"v${1 + 1}"', '"v2"'],
    ['"${true}!"', '"true!"'],
    ['"a${1}b${2}c"', '"a1b2c"'],
    ['"${1.50}%"', '"1.5%"'],
    ['"${5}"', "5"],
    ['"${[1, 2]}"', "[1,2]"],
    ['"${5}" == "5"', "false"],
    ['"1${"2${"3${s}3"}2"}1"', '"123text321"'],
    ['""', '""'],
    ['"$${x} %%{ y }"', '"${x} %{ y }"'],
    ['"%{ if n > 3 }yes%{ else }no%{ endif }"', '"yes"'],
    ['"%{ if n > 9 }yes%{ endif }"', '""'],
    ['"%{ if true }${1}%{ endif }"', '"1"'],
    ['"%{ if false }${missing}%{ else }fine%{ endif }"', '"fine"'],
    ['"%{ for x in l }(${x})%{ endfor }"', '"(a)(b)(c)"'],
    ['"%{ for i, x in l }${i}=${x};%{ endfor }"', '"0=a;1=b;2=c;"'],
    ['"[%{ for x in [] }${x}%{ endfor }]"', '"[]"'],
    ['"e\\u0301"', '"é"'],
    ['"e${"\\u0301"}"', '"é"'],
  ])("%s is %s", (text, json) => {
    expect(jsonOf(text, { variables })).toBe(json);
  });

  it.each([
    ['"a-${nothing}"', "nothing", "eval/null-value"],
    ['"a-${["x"]}"', '["x"]', "eval/type-mismatch"],
    ['"a-${o}"', "o", "eval/type-mismatch"],
    ['"%{ if null }x%{ endif }"', "null", "eval/null-value"],
    ['"%{ if "maybe" }x%{ endif }"', '"maybe"', "eval/type-mismatch"],
    ['"%{ for x in 5 }x%{ endfor }"', "5", "eval/not-iterable"],
    ['"%{ if true }${[1]}%{ endif }"', "[1]", "eval/type-mismatch"],
  ])("%s fails at %s with %s", (text, place, code) => {
    const { value, diagnostics } = evaluateText(text, { variables });
    expect(value).toBe(unknownValue);
    expect(diagnostics.map((one) => [blamed(one), one.code])).toEqual([[place, code]]);
  });

  it("report every part that fails", () => {
    expect(evaluateText('"${one}-${two}"').diagnostics.map(blamed)).toEqual(["one", "two"]);
  });
});
