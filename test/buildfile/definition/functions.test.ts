import { describe, expect, it } from "vitest";
import { argumentOf, definitionOf, evaluateFiles, problemsOf } from "./evaluate.ts";

const use = (expression: string) => `target "default" { args = { R = jsonencode(${expression}) } }`;
const resultOf = (text: string) => argumentOf(definitionOf(text), "R");

describe("a user function", () => {
  it.each([
    ["binds by position", 'function "f" {\n params = [a, b]\n result = a - b\n}', "f(5, 3)", "2"],
    ["may have no parameters", 'function "f" {\n params = []\n result = "c"\n}', "f()", '"c"'],
    [
      "keeps the type of its result",
      'function "f" {\n params = [x]\n result = [x, { v = x }]\n}',
      "f(1)",
      '[1,{"v":1}]',
    ],
    [
      "gathers the rest",
      'function "f" {\n params = [a]\n variadic_params = r\n result = [a, r]\n}',
      "f(1, 2, 3)",
      "[1,[2,3]]",
    ],
    ["of which there may be none", 'function "f" {\n params = [a]\n variadic_params = r\n result = r\n}', "f(1)", "[]"],
    ["takes a spread list", 'function "f" {\n params = [a, b]\n result = a + b\n}', "f([1, 2]...)", "3"],
    [
      "calls functions declared later",
      'function "f" {\n params = [x]\n result = "(${g(x)})"\n}\nfunction "g" {\n params = [x]\n result = upper(x)\n}',
      'f("v")',
      '"(V)"',
    ],
    [
      "sees variables and globals, its parameters first",
      'x = "outer"\ny = "y"\nvariable "z" { default = "z" }\nfunction "f" {\n params = [x]\n result = "${x}${y}${z}"\n}',
      'f("inner")',
      '"inneryz"',
    ],
    [
      "does not replace a function of the language by a parameter",
      'function "f" {\n params = [upper]\n result = upper(upper)\n}',
      'f("a")',
      '"A"',
    ],
    [
      "is the last of its name",
      'function "f" {\n params = []\n result = 1\n}\nfunction "f" {\n params = []\n result = 2\n}',
      "f()",
      "2",
    ],
    [
      "may serve a variable",
      'variable "V" { default = f("a") }\nfunction "f" {\n params = [s]\n result = "${s}${s}"\n}',
      "V",
      '"aa"',
    ],
    ["may be named like a block", 'function "f" {\n params = [target]\n result = target.x\n}', "f({ x = 1 })", "1"],
    ["may be tried", 'function "f" {\n params = [a]\n result = a + 1\n}', 'try(f("a"), "no")', '"no"'],
  ])("%s", (_, declaration, expression, expected) => {
    expect(resultOf(`${declaration}\n${use(expression)}`)).toBe(expected);
  });

  it("of a name of the language is not used, which is said", () => {
    const { value, diagnostics } = evaluateFiles(
      `function "upper" {\n params = [s]\n result = "mine"\n}\n${use('upper("x")')}`,
    );
    expect(argumentOf(value, "R")).toBe('"X"');
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([["buildfile/reserved-name", "warning"]]);
  });

  it("that fails is reported at the call, with the place inside", () => {
    const text = `function "bad" {\n  params = [a]\n  result = a + 1\n}\n${use('bad("word")')}`;
    const [failed] = evaluateFiles(text).diagnostics;
    expect(problemsOf(text)).toEqual(['eval/function-failed 5:44 bad("word")']);
    expect(failed?.message).toContain('bad: the left operand of + must be a number, not the string "word"');
    expect(failed?.message).toContain("docker-bake.hcl:3:12");
  });

  it.each([
    ["null for an argument", "f(null)", "eval/invalid-argument"],
    ["too few arguments", "f()", "eval/argument-count"],
    ["too many", "f(1, 2)", "eval/argument-count"],
  ])("refuses %s", (_, call, code) => {
    const [problem] = problemsOf(`function "f" {\n params = [a]\n result = a\n}\n${use(call)}`);
    expect(problem).toMatch(code);
  });
});

describe("a wrong declaration of a function", () => {
  it.each([
    ["without result", "params = [a]", 'function-incomplete 1:10 "f"'],
    ["without params", "result = 1", 'function-incomplete 1:10 "f"'],
    ["params that are no list", 'params = "a"\n result = 1', 'function-parameter 2:12 "a"'],
    ["a parameter in quotes", 'params = ["a b"]\n result = 1', 'function-parameter 2:13 "a b"'],
    ["a parameter twice", "params = [a, a]\n result = a", "function-parameter 2:16 a"],
    ["twice with the variadic one", "params = [a]\n variadic_params = a\n result = a", "function-parameter 3:20 a"],
    ["a variadic one in quotes", 'params = []\n variadic_params = "r"\n result = 1', 'function-parameter 3:20 "r"'],
    ["an unknown name in the result", "params = []\n result = true ? 1 : nope", "function-name 3:22 nope"],
    ["an unknown function", "params = []\n result = can(nope())", "function-name 3:15 nope"],
    ["a reference", "params = []\n result = target.x.args", "function-name 3:11 target"],
    ["an unknown attribute", "params = []\n result = 1\n results = 2", "unexpected-attribute 4:2 results"],
  ])("is reported although nobody calls it: %s", (_, body, expected) => {
    expect(problemsOf(`function "f" {\n  ${body}\n}`)).toEqual([`buildfile/${expected}`]);
  });

  it("is reported once, not again by its calls", () => {
    expect(problemsOf(`function "f" {\n  params = [a]\n}\n${use("f(1)")}`)).toHaveLength(1);
  });

  it("hints at the name that is nearly the same", () => {
    const [wrong] = evaluateFiles('function "f" {\n params = [version]\n result = verison\n}').diagnostics;
    expect(wrong?.hint).toBe('did you mean "version"?');
  });

  it("takes the type words of convert for what they are", () => {
    const text = 'function "f" {\n params = [a]\n result = try(convert(a, list(string)), string)\n}';
    // `string` is a type word wherever convert is used; nothing else is let through.
    expect(problemsOf(text)).toEqual(["buildfile/function-name 3:15 convert"]);
  });
});

describe("functions that need each other", () => {
  it.each([
    ["directly", 'function "f" {\n params = [n]\n result = n == 0 ? 0 : f(n - 1)\n}', "cycle: f() needs itself"],
    [
      "through others",
      'function "f" {\n params = []\n result = g()\n}\nfunction "g" {\n params = []\n result = V\n}\nvariable "V" { default = f() }',
      "cycle: V → f() → g() → V",
    ],
  ])("are a cycle: %s", (_, text, message) => {
    const { diagnostics } = evaluateFiles(`${text}\n${use("f(3)")}`);
    expect(diagnostics.filter(({ code }) => code === "buildfile/cycle").map((found) => found.message)).toEqual([
      message,
    ]);
  });

  it("too deeply are refused, and never overflow the stack", () => {
    const nested = `${"[".repeat(150)}x${"]".repeat(150)}`;
    const functions = Array.from(
      { length: 40 },
      (_, i) =>
        `function "f${i}" {\n params = [x]\n result = ${i === 0 ? "x" : nested.replace("x", `f${i - 1}(x)`)}\n}`,
    );
    const problems = problemsOf(`${functions.join("\n")}\n${use("f39(1)")}`);
    expect(problems.length).toBeGreaterThan(0);
    expect(new Set(problems.map((text) => text.split(" ")[0]))).toEqual(new Set(["buildfile/function-depth"]));
  });

  it("many times over are stopped by the budget", () => {
    const functions = Array.from(
      { length: 60 },
      (_, i) => `function "f${i}" {\n params = [x]\n result = ${i === 0 ? "x" : `f${i - 1}(x) + f${i - 1}(x)`}\n}`,
    );
    expect(problemsOf(`${functions.join("\n")}\n${use("f59(1)")}`).join()).toContain("eval/too-much-work");
  });
});
