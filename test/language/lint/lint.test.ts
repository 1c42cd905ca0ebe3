import { describe, expect, test } from "vitest";
import { type LintCode, noteHelp } from "../../../src/language/lint/lint-problems.ts";
import { markedText, markPlaces } from "../../buildfile/marked-place.ts";
import { type Asked, findingsOf } from "./findings.ts";

type Case = readonly [about: string, marked: string, asked?: Asked];

const used = 'target "default" {\n  args = { A = V }\n}\n';

/** What is marked is found, and nothing else. */
const cases: Readonly<Record<LintCode, readonly Case[]>> = {
  "lint/unused-variable": [
    ["a variable nobody reads", 'variable «"V"» {}\ntarget "default" {}\n'],
    [
      "one that only an unused one reads",
      'variable «"A"» {}\nvariable «"B"» {\n  default = A\n}\ntarget "default" {}\n',
    ],
    [
      "one that only reads itself",
      'variable «"V"» {\n  validation {\n    condition = V != "x"\n  }\n}\ntarget "default" {}\n',
    ],
    ["not one that a target reads", `variable "V" {}\n${used}`],
    ["not one that a variable in use reads", `variable "V" {\n  default = W\n}\nvariable "W" {}\n${used}`],
    [
      "not one that a validation in use reads",
      `variable "V" {\n  validation {\n    condition = W != "x"\n  }\n}\nvariable "W" {}\n${used}`,
    ],
    [
      "not one that a function in use reads",
      'variable "V" {}\nfunction "f" {\n  params = []\n  result = V\n}\ntarget "default" {\n  args = { A = f() }\n}\n',
    ],
    [
      "not one that a matrix reads",
      'variable "V" {\n  default = ["1"]\n}\ntarget "default" {\n  matrix = { v = V }\n  args = { A = v }\n}\n',
    ],
    ["not one that other files read", 'variable "V" {}\ntarget "default" {}\n', { otherwiseUsed: new Set(["V"]) }],
    [
      "not a built-in that is read in a template",
      'variable "V" {}\ntarget "default" {\n  args = { A = "%{ if V == null }x%{ endif }" }\n}\n',
    ],
  ],
  "lint/unused-global": [
    ["an attribute nobody reads", '«region» = "eu"\ntarget "default" {}\n'],
    ["not one that is read", `V = 1\n${used}`],
    ["not include, which is read before", 'include = []\ntarget "default" {}\n'],
    ["not the default of a variable of its name", `V = 1\nvariable "V" {}\n${used}`],
  ],
  "lint/unused-function": [
    ["a function nobody calls", 'function «"f"» {\n  params = []\n  result = 1\n}\ntarget "default" {}\n'],
    [
      "one that only an unused one calls",
      'function «"f"» {\n  params = []\n  result = g()\n}\nfunction «"g"» {\n  params = []\n  result = 1\n}\ntarget "default" {}\n',
    ],
    [
      "not one that a function in use calls",
      'function "f" {\n  params = []\n  result = g()\n}\nfunction "g" {\n  params = []\n  result = 1\n}\ntarget "default" {\n  args = { A = f() }\n}\n',
    ],
  ],
  "lint/unused-parameter": [
    [
      "one the result does not read",
      'function "f" {\n  params = [a, «b»]\n  variadic_params = «rest»\n  result = a\n}\ntarget "default" {\n  args = { A = f(1, 2) }\n}\n',
    ],
  ],
  "lint/unused-target": [
    ["a template nobody inherits", 'target «"_base"» {}\ntarget "default" {}\n'],
    ["not one that is inherited", 'target "_base" {}\ntarget "default" {\n  inherits = ["_base"]\n}\n'],
    ["not one that is linked to", 'target "_base" {}\ntarget "default" {\n  contexts = { base = "target:_base" }\n}\n'],
    [
      "not one that is referred to",
      'target "_base" {\n  args = { A = "1" }\n}\ntarget "default" {\n  args = target._base.args\n}\n',
    ],
    ["not one that a group lists", 'target "_base" {}\ngroup "default" {\n  targets = ["_base"]\n}\n'],
    [
      "not one of which a cell is inherited",
      'target "_base" {\n  name   = "_base-${v}"\n  matrix = { v = ["1", "2"] }\n  args   = { V = v }\n}\ntarget "default" {\n  inherits = ["_base-1"]\n}\n',
    ],
  ],
  "lint/unlisted-target": [
    ["one beside groups", 'group "default" {\n  targets = ["a"]\n}\ntarget "a" {}\ntarget «"b"» {}\n'],
    ["not where there are no groups", 'target "a" {}\ntarget "b" {}\n'],
    [
      "not where the only group is that of a matrix",
      'target "a" {\n  name   = "a-${v}"\n  matrix = { v = ["1", "2"] }\n  args   = { V = v }\n}\ntarget "b" {}\n',
    ],
    [
      "not a matrix of which a cell is listed",
      'group "default" {\n  targets = ["a-1"]\n}\ntarget "a" {\n  name   = "a-${v}"\n  matrix = { v = ["1", "2"] }\n  args   = { V = v }\n}\n',
    ],
  ],
  "lint/shadowed-name": [
    [
      "an axis that hides a variable",
      'variable "V" {\n  default = ["1"]\n}\ntarget "default" {\n  matrix = { «V» = V }\n  args = { A = V }\n}\n',
    ],
    [
      "a parameter that hides a global",
      'V = 1\nfunction "f" {\n  params = [«V»]\n  result = V\n}\ntarget "default" {\n  args = { A = f(V) }\n}\n',
    ],
    [
      "a loop that hides a variable",
      `variable "V" {\n  default = 1\n}\ntarget "default" {\n  tags = «[for V in [V] : "a:\${V}"]»\n}\n`,
    ],
    ["a loop that hides a loop", 'target "default" {\n  tags = [for x in ["a"] : join("", «[for x in [x] : x]»)]\n}\n'],
    [
      "a loop in a template that hides an axis",
      'target "default" {\n  matrix = { v = ["1"] }\n  args = { A = "«%{ for v in [v] }${v}%{ endfor }»" }\n}\n',
    ],
    [
      "not names beside each other",
      'target "default" {\n  tags = concat([for x in ["a"] : x], [for x in ["b"] : x])\n}\n',
    ],
  ],
  "lint/declared-twice": [
    [
      "targets and variables",
      'variable "V" {}\nvariable «"V"» {}\ntarget "default" {\n  args = { A = V }\n}\ntarget «"default"» {}\n',
    ],
    ["not a target and a group of one name", 'target "default" {}\ngroup "default" {\n  targets = ["default"]\n}\n'],
  ],
  "lint/duplicate-entry": [
    ["texts", 'target "default" {\n  platforms = ["linux/amd64", "linux/arm64", «"linux/amd64"»]\n}\n'],
    [
      "templates and objects",
      'V = 1\ntarget "default" {\n  tags = ["a:${V}", «"a:${V}"»]\n  secret = [{ id = "a", env = "B" }, «{ id = "a", env = "B" }»]\n}\n',
    ],
    ["in groups", 'group "default" {\n  targets = ["a", «"a"»]\n}\ntarget "a" {}\n'],
    [
      "not in values that are no lists of entries",
      'target "default" {\n  matrix = { v = ["1"] }\n  args = { A = v, B = v }\n}\n',
    ],
  ],
  "lint/axis-without-effect": [
    [
      "an axis only the name uses",
      'target "default" {\n  name = "a-${v}-${w}"\n  matrix = {\n    v = ["1"]\n    «w» = ["1", "2"]\n  }\n  args = { V = v }\n}\n',
    ],
    ["not an axis with one value", 'target "default" {\n  matrix = { v = ["1"] }\n}\n'],
    [
      "not one that chooses the parent",
      'target "p-1" {}\ntarget "p-2" {}\ntarget "default" {\n  name = "a-${v}"\n  matrix = { v = ["1", "2"] }\n  inherits = ["p-${v}"]\n}\n',
    ],
  ],
  "lint/secret-in-args": [
    [
      "arguments that sound like secrets",
      'target "default" {\n  args = { «NPM_TOKEN = "a"», «password = "b"», «AWS_SECRET_ACCESS_KEY = "c"» }\n}\n',
    ],
    [
      "once for all heirs",
      'target "_a" {\n  args = { «TOKEN = "x"» }\n}\ntarget "default" {\n  inherits = ["_a"]\n}\ntarget "b" {\n  inherits = ["_a"]\n}\n',
    ],
    [
      "not what only resembles them",
      'target "default" {\n  args = { TOKENIZER = "a", PUBLIC_TOKEN = "b", SECRET_NAME = "c", TOKEN = "" }\n}\n',
    ],
  ],
  "lint/unqualified-push": [
    [
      "a bare name",
      'target "default" {\n  tags = «["app:1", "me/app", "example.test/app"]»\n  output = ["type=registry"]\n}\n',
    ],
    ["the name of an output", 'target "default" {\n  output = «["type=image,name=app,push=true"]»\n}\n'],
    ["not what stays here", 'target "default" {\n  tags = ["app"]\n  output = ["type=docker"]\n}\n'],
  ],
  "lint/output-in-context": [
    [
      "a folder in another's context",
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  context = "a"\n  output = «["a/../out"]»\n}\ntarget "b" {}\n',
      { files: { a: "folder" } },
    ],
    [
      "a file in another's named context",
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  output = «["type=tar,dest=src/x.tar"]»\n}\ntarget "b" {\n  context = "b"\n  contexts = { src = "src" }\n}\n',
      { files: { b: "folder", src: "folder", Dockerfile: { text: "FROM scratch\n" } } },
    ],
    [
      "what is written over another's context",
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  output = «["type=local,dest=."]»\n}\ntarget "b" {}\n',
    ],
    ["not in one's own", 'target "default" {\n  output = ["out"]\n}\n'],
    ["not where both are never built together", 'target "a" {\n  output = ["out"]\n}\ntarget "b" {}\n'],
    [
      "not what the context ignores",
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  context = "a"\n  output = ["out/a"]\n}\ntarget "b" {}\n',
      { files: { a: "folder", ".dockerignore": { text: "out\n" } } },
    ],
    [
      "not what the Dockerfile does not ask for",
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  context = "a"\n  output = ["out/a"]\n}\ntarget "b" {}\n',
      { files: { a: "folder", Dockerfile: { text: "FROM scratch\nCOPY src /\n" } } },
    ],
    [
      "not beside it",
      'group "default" {\n  targets = ["a", "b"]\n}\ntarget "a" {\n  context = "a"\n  output = ["outer"]\n}\ntarget "b" {\n  context = "out"\n}\n',
      { files: { a: "folder", out: "folder" } },
    ],
  ],
  "lint/not-portable": [
    ["include", '«include» = []\ntarget "default" {}\n', { portable: true }],
    ["not unless asked for", 'include = []\ntarget "default" {}\n'],
  ],
  "lint/needless-template": [
    [
      "a string that is one interpolation",
      'V = 1\ntarget "default" {\n  args = { A = «"${V}"», B = "${V}x", C = "x" }\n}\n',
    ],
    ["inside another one", 'V = 1\ntarget "default" {\n  args = { A = "x${join("", [«"${V}"»])}" }\n}\n'],
    ["not as a key", 'V = 1\ntarget "default" {\n  args = { "${V}" = 1 }\n}\n'],
  ],
  "lint/legacy-syntax": [
    ["an index behind a dot", 'V = ["1"]\ntarget "default" {\n  args = { A = «V.0», B = V[0] }\n}\n'],
    ["a splat behind a dot", 'V = [{ a = "1" }]\ntarget "default" {\n  tags = concat(«V.*.a», V[*].a)\n}\n'],
  ],
};

describe.each(Object.entries(cases))("%s", (code, examples) => {
  const named = examples.map(([about, marked, asked]) => ({ about, marked, asked }));
  test.each(named)("$about", ({ marked, asked }) => {
    const { text } = markedText(marked);
    const found = findingsOf(text, asked);
    expect(found.filter((each) => each.code !== code).map(({ message }) => message)).toEqual([]);
    expect(markPlaces(text, found)).toBe(marked);
    for (const { severity, message, hint } of found) {
      expect(severity).toBe(code in noteHelp ? "note" : "warning");
      expect(message).toMatch(/[^.]$/);
      expect(hint).toBeTruthy();
    }
  });
});

test("JSON and TOML are checked like HCL, but for spelling", () => {
  const json = '{"variable": {"U": {}, "V": {}}, "target": {"default": {"args": {"A": "${V}"}}}}';
  expect(findingsOf({ "a.json": json }).map(({ message }) => message)).toEqual(['nothing uses the variable "U"']);
  const toml = "[variable.U]\n[variable.V]\n[target.default]\nargs = { A = '${V}' }\n";
  expect(findingsOf({ "a.toml": toml }).map(({ message }) => message)).toEqual(['nothing uses the variable "U"']);
});

test("a later file may override what an earlier one declares, and use it", () => {
  const files = {
    "a.hcl": 'variable "V" {}\ntarget "default" {}\n',
    "b.hcl": 'variable "V" {}\ntarget "default" {\n  args = { A = V }\n}\n',
  };
  expect(findingsOf(files)).toEqual([]);
});

test.each([
  ["docker-bake.toml", "[target.default]\n", true, "bake reads no TOML"],
  ["bake.hcl", 'target "default" {}\n', false, "call it docker-bake.hcl"],
  ["tsbake.override.json", '{"target": {"default": {}}}', false, "call it docker-bake.override.json"],
  ["bake.hcl", 'target "default" {}\n', true, undefined],
  ["docker-bake.hcl", 'target "default" {}\n', false, undefined],
])("%s is portable or not", (name, text, filesNamed, said) => {
  const found = findingsOf({ [name]: text }, { portable: true, filesNamed });
  const words = found.map(({ message, hint }) => `${message}: ${hint}`);
  if (said === undefined) expect(words).toEqual([]);
  else expect(words).toEqual([expect.stringContaining(said)]);
});

describe("collisions", () => {
  const two = 'target "a" {\n  tags = ["x"]\n}\ntarget "b" {\n  tags = ["x"]\n}\n';

  test("are found among targets that a group builds together", () => {
    const found = findingsOf(`group "default" {\n  targets = ["a", "b"]\n}\n${two}`);
    expect(found.map(({ code }) => code)).toEqual(["plan/tag-collision"]);
    expect(found[0]?.related?.map(({ message }) => message)).toContain('the group "default" builds both');
  });

  test("are found through groups of groups, once", () => {
    const groups =
      'group "default" {\n  targets = ["one", "two"]\n}\ngroup "one" {\n  targets = ["a"]\n}\ngroup "two" {\n  targets = ["b"]\n}\n';
    expect(findingsOf(groups + two).map(({ code }) => code)).toEqual(["plan/tag-collision"]);
  });

  test("are none among alternatives", () => {
    expect(findingsOf(two)).toEqual([]);
  });

  test("are found among targets that were named together", () => {
    expect(findingsOf(two, { names: ["a", "b"] }).map(({ code }) => code)).toEqual(["plan/tag-collision"]);
  });
});

test("what only this machine lacks is no matter of the files", () => {
  const text = 'target "default" {\n  secret = ["id=a,env=NO_SUCH", "id=b,src=nowhere"]\n  ssh = ["default"]\n}\n';
  expect(findingsOf(text)).toEqual([]);
});

test("a missing context is a warning, for something else may make it", () => {
  const found = findingsOf('target "default" {\n  context = "dist"\n}\n');
  expect(found.map(({ code, severity }) => [code, severity])).toEqual([["plan/context-not-found", "warning"]]);
});

test("files without targets have nothing to plan", () => {
  expect(findingsOf("")).toEqual([]);
});

test("a name that an axis hides is not read", () => {
  const text = 'variable "v" {}\ntarget "default" {\n  matrix = { v = ["1"] }\n  args = { A = v }\n}\n';
  expect(findingsOf(text).map(({ code }) => code)).toEqual(["lint/unused-variable", "lint/shadowed-name"]);
});
