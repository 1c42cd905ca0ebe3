import { describe, expect, it } from "vitest";
import { argumentOf, definitionOf, evaluateFiles, problemsOf, shown } from "./evaluate.ts";

const base = `
target "base" {
  context = "ctx"
  tags = ["r/a:1", "r/a:2"]
  args = { VER = "1.2", N = null, I = 3 }
  no-cache = true
  output = ["type=local,dest=out", "-"]
  cache-from = ["r/cache"]
  secret = ["id=a,src=b", { id = "c", env = "D" }]
  ssh = ["default", { id = "k", paths = ["p", "q"] }]
  attest = ["type=sbom,disabled=true"]
  policy = [{ filename = "p.rego", strict = true }]
  resources = { cpu-shares = 5 }
}
target "empty" {}
group "g" { targets = ["b", "a"] }
target "m" {
  name = "m-\${v}"
  matrix = { v = ["1", "2"] }
  args = { V = v }
}
`;

const refer = (expression: string) =>
  argumentOf(definitionOf(`${base}target "default" { args = { R = jsonencode(${expression}) } }`), "R");

describe("a reference", () => {
  it.each([
    ["target.base.args.VER", '"1.2"'],
    ["target.base.args.I", '"3"'],
    ["target.base.args", '{"I":"3","VER":"1.2"}'],
    ['target.base.args["VER"]', '"1.2"'],
    ['target["base"].args.VER', '"1.2"'],
    ["target.base.tags[1]", '"r/a:2"'],
    ["target.base.tags[*]", '["r/a:1","r/a:2"]'],
    ["target.base.no-cache", "true"],
    ["target.base.name", '"base"'],
    ["target.base.output", '[{"dest":"out","type":"local"},{"dest":"-","type":"tar"}]'],
    ["target.base.cache-from", '[{"ref":"r/cache","type":"registry"}]'],
    ["target.base.secret", '[{"env":"","id":"a","src":"b"},{"env":"D","id":"c","src":""}]'],
    ["target.base.ssh", '[{"id":"default","paths":[]},{"id":"k","paths":["p","q"]}]'],
    ["target.base.attest", '[{"disabled":"true","type":"sbom"}]'],
    ["target.base.policy", '[{"filename":"p.rego","strict":"true"}]'],
    ["target.base.resources", '{"cpu-shares":"5"}'],
    ["target.empty.context", "null"],
    ["target.empty.args", "null"],
    ["target.empty.tags", "null"],
    ["target.empty.description", '""'],
    ["target.empty.output", "[]"],
    ["target.empty.secret", "[]"],
    ["target.empty.dockerfile == null", "true"],
    ["target.empty.args == null ? {} : target.empty.args", "{}"],
    ["target.m-2.args.V", '"2"'],
    ["target.m-2.name", '"m-2"'],
    ["group.g.targets", '["b","a"]'],
    ["group.g.description", '""'],
    ["target.empty.name", '"empty"'],
    ["target.empty", '"name":"empty"'],
    ["try(target.ghost.args.X, 1)", "1"],
    ["try(target.base.args.ZULU, 2)", "2"],
    ["try(target, 3)", "3"],
    ["can(target.base.nonsense)", "false"],
    ['[for target in [{ args = "loop" }] : target.args]', '["loop"]'],
    ["false ? target.ghost.args.X : 4", "4"],
  ])("%s is %s", (expression, expected) => {
    if (expression === "target.empty") expect(refer(expression)).toContain(expected);
    else expect(refer(expression)).toBe(expected);
  });

  it("sees what the last block of a name sets, and nothing inherited", () => {
    const text = `target "a" { args = { X = "1" } }
target "b" { inherits = ["a"] }
target "c" { args = { X = "1", Y = "1" } }
target "c" { args = { X = "2" } }
target "default" { args = { A = try(target.b.args.X, "no"), B = target.c.args.X, C = try(target.c.args.Y, "no") } }`;
    const definition = definitionOf(text);
    expect(["A", "B", "C"].map((name) => argumentOf(definition, name))).toEqual(["no", "2", "no"]);
  });

  it("evaluates only the attribute it names", () => {
    const text = `target "a" {
  tags = [target.b.args.X]
  args = { Y = "y" }
}
target "b" {
  args = { X = "x" }
  labels = { L = target.a.args.Y, M = target.b.args.X }
}`;
    expect(evaluateFiles(text).diagnostics.map(shown)).toEqual([]);
  });

  it.each([
    ["a missing target", "target.bsae.args.V", "unknown-reference 1:34 bsae", 'did you mean "base"?'],
    ["a missing group", "group.base.targets", "unknown-reference 1:33 base", undefined],
    ["a missing attribute", "target.base.arg", "unknown-reference 1:39 arg", 'did you mean "args"?'],
    ["target alone", "jsonencode(target)", "reference-form 1:38 target", "write target.NAME.ATTRIBUTE"],
    ["a computed name", 'target[upper("x")].args', "reference-form 1:27 target", "write target.NAME.ATTRIBUTE"],
  ])("is reported: %s", (_, expression, expected, hint) => {
    const text = `target "x" { args = { R = ${expression} } }\ntarget "base" { args = { A = "1" } }`;
    expect(problemsOf(text)).toEqual([`buildfile/${expected}`]);
    expect(evaluateFiles(text).diagnostics[0]?.hint).toBe(hint);
  });

  it("to a missing argument names what is there", () => {
    const text = 'target "base" { args = { A = "1" } }\ntarget "x" { args = { R = target.base.args.ZULU } }';
    expect(problemsOf(text)).toEqual(["eval/missing-attribute 2:44 ZULU"]);
  });

  it.each([
    ["a variable", 'variable "V" { default = target.base.args.A }'],
    ["a validation", 'variable "V" {\n validation {\n condition = target.base.args.A == "1"\n }\n}'],
    ["a global a variable uses", 'g = target.base.args.A\nvariable "V" { default = g }'],
  ])("comes too early in %s", (_, text) => {
    const [problem, ...others] = problemsOf(`${text}\ntarget "base" { args = { A = "1" } }`);
    expect(problem).toMatch(/^buildfile\/reference-early .* target\.base\.args\.A$/);
    expect(others).toEqual([]);
  });
});

describe("a cycle", () => {
  const messages = (text: string) => evaluateFiles(text).diagnostics.map(({ message }) => message);

  it.each([
    ["of variables", 'variable "AA" { default = BB }\nvariable "BB" { default = AA }', "cycle: AA → BB → AA"],
    ["of globals", "aa = bb\nbb = cc\ncc = aa", "cycle: aa → bb → cc → aa"],
    ["of one", "aa = [aa]", "cycle: aa needs itself"],
    ["of an attribute", 'target "x" { tags = ["${target.x.tags[0]}"] }', "cycle: target.x.tags needs itself"],
    [
      "of attributes",
      'target "a" { target = target.b.target }\ntarget "b" { target = target.a.target }',
      "cycle: target.a.target → target.b.target → target.a.target",
    ],
    [
      "of groups",
      'group "a" { targets = group.b.targets }\ngroup "b" { targets = group.a.targets }',
      "cycle: group.a.targets → group.b.targets → group.a.targets",
    ],
    ["in a branch never taken", "aa = true ? 1 : aa", "cycle: aa needs itself"],
  ])("%s is reported once", (_, text, expected) => {
    expect(messages(text)).toEqual([expected]);
  });

  it("shows the chain as related places and leaves others alone", () => {
    const text = 'a = b\nb = c\nc = a\nd = a\ntarget "default" { args = { D = d, E = "e" } }';
    const { value, diagnostics } = evaluateFiles(text);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.related?.map(({ message }) => message)).toEqual(["a needs b here", "b needs c here"]);
    expect(problemsOf(text)).toEqual(["buildfile/cycle 3:5 a"]);
    expect(value.targets.has("default")).toBe(true);
  });

  it("of thousands is told briefly", () => {
    const chain = Array.from({ length: 3000 }, (_, i) => `v${i} = v${(i + 1) % 3000}`).join("\n");
    const [message, ...others] = messages(chain);
    expect(message).toBe("cycle: v0 → v1 → v2 → v3 → v4 → v5 → (2994 more) → v0");
    expect(others).toEqual([]);
  });
});

describe("long chains", () => {
  const depth = 5000;

  it.each([
    ["of variables", (i: number) => `variable "v${i}" { default = v${i + 1} }`, "v0", `v${depth} = "end"`],
    ["of globals", (i: number) => `v${i} = "\${v${i + 1}}"`, "v0", `v${depth} = "end"`],
    [
      "of references",
      (i: number) => `target "t${i}" { args = { V = target.t${i + 1}.args.V } }`,
      "target.t0.args.V",
      `target "t${depth}" { args = { V = "end" } }`,
    ],
  ])("%s do not overflow the stack", (_, link, first, end) => {
    const links = Array.from({ length: depth }, (_, i) => link(i)).join("\n");
    expect(argumentOf(definitionOf(`${links}\n${end}\ntarget "default" { args = { R = ${first} } }`), "R")).toBe("end");
  });
});
