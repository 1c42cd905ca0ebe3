import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argumentOf, definitionOf, evaluateFiles, problemsOf, settingsOf } from "./evaluate.ts";

const namesOf = (text: string) => [...definitionOf(text).targets.keys()];
const groupsOf = (text: string) =>
  Object.fromEntries([...definitionOf(text).groups.values()].map(({ name, targets }) => [name, targets]));

describe("a matrix", () => {
  it.each([
    ["of one axis", 'name = "app-${v}"\n matrix = { v = ["a", "b"] }', ["app-a", "app-b"]],
    [
      "varies the first axis fastest",
      'name = "${b}${a}"\n matrix = {\n b = [1, 2]\n a = ["x", "y"]\n }',
      ["1x", "1y", "2x", "2y"],
    ],
    ["of numbers and bools", 'name = "n-${n + 1}-${b}"\n matrix = {\n n = [1]\n b = [true]\n }', ["n-2-true"]],
    ["of objects", 'name = item.name\n matrix = { item = [{ name = "web" }, { name = "api" }] }', ["web", "api"]],
    [
      "takes the values of an object in key order",
      'name = v\n matrix = { v = { b = "two", a = "one" } }',
      ["one", "two"],
    ],
    ["needs no name for one cell", 'matrix = { v = ["a"] }', ["app"]],
    ["without axes has one cell", "matrix = {}", ["app"]],
    ["with an empty axis has none", 'name = "x"\n matrix = { v = [], w = [1] }', []],
    ["that is null is none", "matrix = null", ["app"]],
    ["may be computed", 'name = "v${v}"\n matrix = { v = [for i in LIST : i * 2] }', ["v2", "v4"]],
  ])("%s", (_, body, expected) => {
    expect(namesOf(`LIST = [1, 2]\ntarget "app" {\n ${body}\n}`)).toEqual(expected);
  });

  it("gives its values to every attribute, and to nothing else", () => {
    const text = `
v = "global"
target "m" {
  name = "m-\${v}"
  matrix = { v = ["a", "b"] }
  inherits = ["base-\${v}"]
  args = { V = v, "\${v}" = "key" }
  tags = [for t in ["1", "2"] : "\${v}:\${t}"]
}
target "default" { args = { V = v } }`;
    const definition = definitionOf(text);
    expect(settingsOf(definition)["m-b"]).toEqual({
      inherits: ["base-b"],
      args: { V: "b", b: "key" },
      tags: ["b:1", "b:2"],
    });
    expect(argumentOf(definition, "V")).toBe("global");
    expect(definition.targets.get("m-a")?.cell).toEqual(new Map([["v", "a"]]));
    expect(definition.targets.get("default")?.cell).toBeUndefined();
  });

  it("tells the values of a cell as text", () => {
    const definition = definitionOf('target "m" {\n matrix = { a = [{ x = 1 }], b = [true], c = [1.50] }\n}');
    expect(definition.targets.get("m")?.cell).toEqual(
      new Map([
        ["a", '{"x":1}'],
        ["b", "true"],
        ["c", "1.5"],
      ]),
    );
  });

  it("makes a group of its cells", () => {
    const block = (values: string) => `target "m" {\n name = "m-\${v}"\n matrix = { v = ${values} }\n}\n`;
    expect(groupsOf(block('["a", "b"]'))).toEqual({ m: ["m-a", "m-b"] });
    expect(groupsOf(block('["a"]') + block('["b", "a"]'))).toEqual({ m: ["m-a", "m-b"] });
    expect(groupsOf(`target "m" {}\n${block('["a"]')}`)).toEqual({ m: ["m", "m-a"] });
    expect(groupsOf('target "m" {\n matrix = { v = ["a"] }\n}')).toEqual({});
  });

  it("gives way to a declared group of its name with a warning", () => {
    const text =
      'group "m" { targets = ["x"] }\ntarget "m" {\n name = "m-${v}"\n matrix = { v = [1] }\n}\ntarget "x" {}';
    const { value, diagnostics } = evaluateFiles(text);
    expect(value.groups.get("m")).toMatchObject({ targets: ["x"], fromMatrix: false });
    expect(diagnostics).toMatchObject([{ code: "buildfile/hidden-group", severity: "warning" }]);
  });

  it("merges cells into targets of the same name", () => {
    const text =
      'target "m-a" { args = { X = "x", V = "old" } }\ntarget "m" {\n name = "m-${v}"\n matrix = { v = ["a", "b"] }\n args = { V = v }\n}';
    expect(settingsOf(definitionOf(text))["m-a"]).toEqual({ args: { X: "x", V: "a" } });
  });
});

describe("a wrong matrix", () => {
  it.each([
    ["that is a list", 'matrix = ["a"]', 'matrix-shape 2:11 ["a"]'],
    ["with an axis of text", 'name = "x"\n matrix = { v = "abc" }', 'matrix-shape 3:13 v = "abc"'],
    ["with an axis that is null", "matrix = { v = null }", "matrix-shape 2:13 v = null"],
    ["without names", 'matrix = { v = ["a", "b"] }', 'matrix-name 1:8 "app"'],
    ["with equal names", 'name = "same"\n matrix = { v = [1, 2] }', 'matrix-name 2:9 "same"'],
    ["with names of wrong letters", 'name = "app-${v}"\n matrix = { v = ["1.0"] }', 'invalid-name 2:9 "app-${v}"'],
    ["with a name that is a list", 'name = [v]\n matrix = { v = ["1.0"] }', "invalid-name 2:9 [v]"],
    ["with a name and no matrix", 'name = "other"', "matrix-name 2:2 name"],
    ["that refers to a target", 'name = "x"\n matrix = { v = target.y.tags }', "reference-early 3:17 target.y.tags"],
  ])("is reported: %s", (_, body, expected) => {
    expect(problemsOf(`target "app" {\n ${body}\n}`)).toEqual([`buildfile/${expected}`]);
  });

  it("that failed is the only thing reported", () => {
    const text =
      'target "m" {\n name = "m-${v}"\n matrix = { v = [NOPE] }\n}\ntarget "default" { args = { A = target.m-a.args.X } }';
    expect(problemsOf(text)).toEqual(["eval/unknown-variable 3:18 NOPE"]);
  });

  it("reports a mistake in an attribute once, not once for each cell", () => {
    const text = 'target "m" {\n name = "m-${v}"\n matrix = { v = [1, 2, 3] }\n args = { A = NOPE }\n}';
    expect(problemsOf(text)).toEqual(["eval/unknown-variable 4:15 NOPE"]);
  });

  it("of too many cells is refused before any is made", () => {
    const axes = Array.from({ length: 9 }, (_, i) => `a${i} = TEN`).join(", ");
    const text = `TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\ntarget "m" {\n name = "x"\n matrix = { ${axes} }\n}`;
    const { value, diagnostics } = evaluateFiles(text);
    expect(value.targets.size).toBe(0);
    expect(diagnostics).toMatchObject([{ code: "buildfile/matrix-size" }]);
    expect(diagnostics[0]?.message).toContain("1,000,000,000 cells");
  });

  it("counts the cells of all matrixes together", () => {
    const half = '{\n name = "NAME-${a}-${b}"\n matrix = { a = H, b = H }\n}';
    const list = Array.from({ length: 250 }, (_, i) => i).join(", ");
    const text = `H = [${list}]\ntarget "m" ${half.replace("NAME", "m")}\ntarget "n" ${half.replace("NAME", "n")}`;
    const { value, diagnostics } = evaluateFiles(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(["buildfile/matrix-size"]);
    expect(value.targets.size).toBe(62_500);
  });

  it("has every combination exactly once", () => {
    const axis = fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 4 }), (axes) => {
        const names = axes.map((_, i) => `a${i}`);
        const text = `target "m" {
  name = "m${names.map((name) => `-\${${name}}`).join("")}"
  matrix = { ${axes.map((values, i) => `a${i} = [${values.join(", ")}]`).join(", ")} }
}`;
        const expected = axes.reduce<readonly string[]>(
          (heads, values) => heads.flatMap((head) => values.map((value) => `${head}-${value}`)),
          ["m"],
        );
        const found = namesOf(text);
        expect(found.length).toBe(expected.length);
        expect(new Set(found)).toEqual(new Set(expected));
      }),
    );
  });
});
