import { describe, expect, it } from "vitest";
import { argumentOf, type Circumstances, definitionOf, evaluateFiles, originText, problemsOf } from "./evaluate.ts";

/** The variable V, declared with `body`, as JSON. */
function variableAsJson(body: string, circumstances: Circumstances = {}): string | undefined {
  const text = `variable "V" {\n${body}\n}\ntarget "default" { args = { R = jsonencode(V) } }`;
  return argumentOf(definitionOf(text, circumstances), "R");
}

const plain = (text: string): Circumstances => ({ environment: { V: text } });
const json = (text: string): Circumstances => ({ environment: { V_JSON: text } });

describe("the value of a variable", () => {
  it.each([
    ["its default", 'default = "latest"', {}, '"latest"'],
    ["the environment over the default", 'default = "latest"', plain("dev"), '"dev"'],
    ["an empty environment value counts", 'default = "d"', plain(""), '""'],
    ["no default, no type: empty text", "", {}, '""'],
    ["no default, but a type: null", "type = string", {}, "null"],
    ["a null default stays null", "default = null", {}, "null"],
    ["a null default takes text", "default = null", plain("5"), '"5"'],
    ["a null default of a typed variable", "type = number\ndefault = null", {}, "null"],
    ["a number default makes a number of it", "default = 3", plain("41"), "41"],
    ["exactly", "default = 1", plain("0.1"), "0.1"],
    ["beyond what a double holds", "default = 1", plain("9007199254740993"), "9007199254740993"],
    ["hexadecimal floating point", "default = 1", plain("-0x1.8p3"), "-12"],
    ["with underscores", "default = 1", plain("0x1_0p0"), "16"],
    ["a bool default makes a bool of it", "default = false", plain("T"), "true"],
    ["the flag over the environment", 'default = "d"', { variables: { V: "cli" }, environment: { V: "env" } }, '"cli"'],
    ["the environment switched off", 'default = "d"', { ...plain("env"), disableEnvironmentLookup: true }, '"d"'],
    ["the flag although it is", 'default = "d"', { variables: { V: "cli" }, disableEnvironmentLookup: true }, '"cli"'],
    ["JSON text of an untyped one is text", 'default = "d"', json("[1]"), '"[1]"'],
    ["plain text is preferred for an untyped one", 'default = "d"', { environment: { V: "p", V_JSON: "j" } }, '"p"'],
  ])("%s", (_, body, circumstances, expected) => {
    expect(variableAsJson(body, circumstances)).toBe(expected);
  });

  it.each([
    ["string", "type = string\ndefault = 5", {}, '"5"'],
    ["number", 'type = number\ndefault = "5"', {}, "5"],
    ["bool", 'type = bool\ndefault = "1"', {}, "true"],
    ["list(string)", "type = list(string)\ndefault = [1, true]", {}, '["1","true"]'],
    [
      "list(string) from text",
      "type = list(string)",
      plain('a,"b,c","d ""q""", e,'),
      '["a","b,c","d \\"q\\""," e",""]',
    ],
    ["list(number) from text", "type = list(number)", plain("1,2.5"), "[1,2.5]"],
    ["list(bool) from text", "type = list(bool)", plain("t,FALSE"), "[true,false]"],
    ["list(any) from text", "type = list(any)", plain("1,a"), '["1","a"]'],
    ["empty text is an empty list", 'type = list(string)\ndefault = ["d"]', plain(""), "[]"],
    ["set(number) from text", "type = set(number)", plain("3,1,3,2"), "[1,2,3]"],
    ["tuple from text", "type = tuple([string, number, bool])", plain("x,9,false"), '["x",9,false]'],
    ["map from text", "type = map(string)", plain('a:1,b:x,"c:""d:e"""'), '{"a":"1","b":"x","c":"d:e"}'],
    ["map(number) from text", "type = map(number)", plain("a:1"), '{"a":1}'],
    ["list from JSON", "type = list(string)", json('["a,b", 2]'), '["a,b","2"]'],
    ["JSON over text", "type = list(string)", { environment: { V: "plain", V_JSON: '["json"]' } }, '["json"]'],
    ["JSON null", 'type = string\ndefault = "x"', json("null"), "null"],
    ["object from JSON", "type = object({ a = string, b = number })", json('{"a": 1, "b": "2"}'), '{"a":"1","b":2}'],
    [
      "what an object in JSON lacks is null",
      "type = object({ a = string, b = number })",
      json("{}"),
      '{"a":null,"b":null}',
    ],
    ["nested", "type = map(list(object({ n = number })))", json('{"k": [{}, {"n": 1}]}'), '{"k":[{"n":null},{"n":1}]}'],
    ["any from JSON", "type = any", json('{"a": [1, "x"]}'), '{"a":[1,"x"]}'],
    ["any in the form bake writes", "type = any", json('{"value": [1], "type": ["tuple", ["number"]]}'), "[1]"],
    ["any from text, as its default is", "type = any\ndefault = 1", plain("2"), "2"],
  ])("of type %s", (_, body, circumstances, expected) => {
    expect(variableAsJson(body, circumstances)).toBe(expected);
  });

  it("does not take a declared variable for the JSON form of another one", () => {
    const text = `
variable "LEVEL" {
  type = string
  default = "one"
}
variable "LEVEL_JSON" { default = "two" }
target "default" { args = { R = jsonencode([LEVEL, LEVEL_JSON]) } }`;
    expect(argumentOf(definitionOf(text, { environment: { LEVEL_JSON: '"q"' } }), "R")).toBe('["one","\\"q\\""]');
  });

  it("may come from variables declared later, in other files", () => {
    const files = {
      "a.hcl": 'variable "IMAGE" { default = "${REG}/app:${upper(TAG)}" }\ntarget "default" { args = { R = IMAGE } }',
      "b.hcl": 'variable "TAG" { default = "v1" }\nvariable "REG" { default = "r.io" }',
    };
    expect(argumentOf(definitionOf(files, { environment: { TAG: "v2" } }), "R")).toBe("r.io/app:V2");
  });

  it("is that of the last of several blocks as a whole", () => {
    const text =
      'variable "V" {\n  type = number\n  default = 1\n}\nvariable "V" { default = "x" }\ntarget "default" { args = { R = V } }';
    expect(argumentOf(definitionOf(text), "R")).toBe("x");
  });
});

describe("a value that does not fit", () => {
  it.each([
    ["number text", "type = number", plain("abc")],
    ["number text for a number default", "default = 3", plain("many")],
    ["an infinite number", "type = number", plain("1e999")],
    ["a decimal with underscores", "type = number", plain("1_000")],
    ["bool text", "default = false", plain("maybe")],
    ["an element", "type = list(number)", plain("1,x")],
    ["broken CSV", "type = list(string)", plain('a,"b')],
    ["the count of a tuple", "type = tuple([string, number])", plain("x,1,2")],
    ["a pair without colon", "type = map(string)", plain("a")],
    ["a pair with two colons", "type = map(string)", plain("a:b:c")],
    ["text for an object", "type = object({ a = string })", plain("a:1")],
    ["text for a list of lists", "type = list(list(string))", plain("a")],
    ["text for an untyped list", 'default = ["a"]', plain("b,c")],
    ["broken JSON", "type = list(string)", json("[a")],
    ["JSON with an attribute too many", "type = object({ a = string })", json('{"a": "x", "b": 1}')],
    ["JSON of another type", "type = list(string)", json('{"a": 1}')],
  ])("is reported at the variable: %s", (_, body, circumstances) => {
    expect(problemsOf(`variable "V" {\n  ${body}\n}`, circumstances)).toEqual(['buildfile/override-value 1:10 "V"']);
  });

  it("is reported once, not again by what uses it", () => {
    const text =
      'variable "V" { default = 3 }\nvariable "W" { default = V + 1 }\ntarget "default" { args = { A = W, B = "${V}" } }';
    expect(problemsOf(text, plain("many"))).toHaveLength(1);
  });

  it("names the variable, its source and the way out", () => {
    const { diagnostics } = evaluateFiles('variable "V" {\n  type = object({ a = string })\n}', plain("a:1"));
    expect(diagnostics[0]).toMatchObject({
      message:
        'variable "V" cannot take the value of the environment variable V: text cannot be read as object; give it as JSON',
      hint: "set V_JSON to JSON text instead",
    });
  });

  it("is found in a default, at the default", () => {
    const text = 'variable "V" {\n  type = number\n  default = "abc"\n}';
    expect(problemsOf(text)).toEqual(['buildfile/default-type 3:13 "abc"']);
    expect(problemsOf(text, plain("3"))).toHaveLength(1);
  });

  it("is found in a default nobody uses", () => {
    expect(problemsOf('variable "V" {\n  default = 1 + "x"\n}')).toEqual(['eval/type-mismatch 2:17 "x"']);
  });
});

describe("what the definition tells of variables", () => {
  const text = `
variable "A" {
  type = list(string)
  default = ["x"]
  description = "what A is for"
}
variable "B" { default = "a\\"b" }
variable "C" { default = null }
variable "D" { default = "d" }
B = "const"
`;

  it("is type, value, description and origin", () => {
    const { variables } = definitionOf(text, { variables: { D: "a=b" }, environment: { A: "p,q" } });
    const told = [...variables.values()].map(({ origin, span: _span, candidates: _candidates, ...rest }) => ({
      ...rest,
      origin: originText(origin),
    }));
    expect(told).toEqual([
      { name: "A", description: "what A is for", type: "list of string", value: '["p","q"]', origin: "environment A" },
      { name: "B", value: "const", origin: 'B 10:5 "const"' },
      { name: "C", origin: "default" },
      { name: "D", value: "a=b", origin: "--var D=a=b" },
    ]);
  });
});

describe("global constants", () => {
  it.each([
    ["are not read from the environment", 'V = "const"', "const"],
    ["may use each other in any order", 'V = "${b}!"\nb = upper(c)\nc = "v"', "V!"],
    ["replace the default of a variable", 'V = "attr"\nvariable "V" { default = "d" }', "from environment"],
    ["replace the type with it", 'V = "attr"\nvariable "V" {\n type = list(string)\n}', "from environment"],
    ["may refer to targets", 'V = target.other.args.X\ntarget "other" { args = { X = "x" } }', "x"],
  ])("%s", (_, text, expected) => {
    const whole = `${text}\ntarget "default" { args = { R = V } }`;
    const found = argumentOf(definitionOf(whole, { environment: { V: "from environment" } }), "R");
    expect(found).toBe(expected);
  });

  it("of a later file replace those of an earlier", () => {
    const files = { "a.hcl": 'x = "one"\ntarget "default" { args = { R = x } }', "b.hcl": 'x = "two"' };
    expect(argumentOf(definitionOf(files), "R")).toBe("two");
  });
});

describe("built-in values", () => {
  it("are visible and cannot be declared again", () => {
    const text =
      'variable "BAKE_CMD_CONTEXT" { default = "x" }\ntarget "default" { args = { R = "${BAKE_CMD_CONTEXT} ${BAKE_LOCAL_PLATFORM}" } }';
    const { value, diagnostics } = evaluateFiles(text, { environment: { BAKE_CMD_CONTEXT: "env" } });
    expect(argumentOf(value, "R")).toBe("cwd:// linux/amd64");
    expect(diagnostics.map(({ code }) => code)).toEqual(["buildfile/reserved-name"]);
  });
});

describe("--var", () => {
  it("warns when JSON of the environment is preferred to it", () => {
    const text = 'variable "V" {\n  type = list(string)\n}';
    const { value, diagnostics } = evaluateFiles(text, { variables: { V: "a" }, environment: { V_JSON: '["b"]' } });
    expect(value.variables.get("V")?.value).toBe('["b"]');
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["buildfile/override-hidden", "warning"],
    ]);
  });

  it("warns of a name that nothing declares", () => {
    const { diagnostics } = evaluateFiles('variable "REGISTRY" {}', { variables: { REGISTY: "x" } });
    expect(diagnostics).toMatchObject([
      { code: "buildfile/unused-override", severity: "warning", hint: 'did you mean "REGISTRY"?' },
    ]);
    expect(evaluateFiles("", { variables: { X: "1" }, otherVariables: new Set(["X"]) }).diagnostics).toEqual([]);
  });
});

describe("validations", () => {
  const checked = (rules: string) => `variable "PORT" {\n  default = 8080\n${rules}\n}\nvariable "MIN" { default = 2 }`;

  it.each([
    ["a condition that holds", "  validation {\n    condition = PORT > MIN\n  }", []],
    [
      "one that fails",
      '  validation {\n    condition = PORT < MIN\n    error_message = "low"\n  }',
      ["4:17 PORT < MIN"],
    ],
    ["text that converts", '  validation {\n    condition = "false"\n  }', ['4:17 "false"']],
  ])("%s", (_, rules, expected) => {
    expect(problemsOf(checked(rules))).toEqual(expected.map((place) => `buildfile/validation-failed ${place}`));
  });

  it("say what their message says, and where the value is from", () => {
    const text = checked(
      '  validation {\n    condition = PORT < 1024\n    error_message = "PORT must be low, not ${PORT}"\n  }',
    );
    const [failed] = evaluateFiles(text, { environment: { PORT: "9999" } }).diagnostics;
    expect(failed?.message).toBe("PORT must be low, not 9999");
    expect(failed?.related?.[0]?.message).toBe("the value of PORT comes from the environment variable PORT");
  });

  it("fall back to general words", () => {
    const [failed] = evaluateFiles(
      checked("  validation {\n    condition = false\n    error_message = null\n  }"),
    ).diagnostics;
    expect(failed?.message).toBe('the value of variable "PORT" is refused by its validation');
  });

  it("are all checked, and may call user functions and use globals", () => {
    const text = `${checked("  validation {\n    condition = low(PORT)\n  }\n  validation {\n    condition = PORT == other\n  }")}
other = 1
function "low" {
  params = [p]
  result = p < 1024
}`;
    expect(problemsOf(text)).toEqual([
      "buildfile/validation-failed 4:17 low(PORT)",
      "buildfile/validation-failed 7:17 PORT == other",
    ]);
  });

  it.each([
    ["null", "condition = null", "4:17 null"],
    ["a number", "condition = 5", "4:17 5"],
    ["nothing", 'error_message = "m"', "3:3 validation"],
  ])("refuse a condition that is %s", (_, rule, place) => {
    expect(problemsOf(checked(`  validation {\n    ${rule}\n  }`))).toEqual([
      `buildfile/validation-condition ${place}`,
    ]);
  });
});
