import { describe, expect, it } from "vitest";
import { dependenciesOf } from "../../../src/buildfile/hcl/dependencies.ts";
import { literalString } from "../../../src/buildfile/hcl/literal.ts";
import { stringValue } from "../../../src/buildfile/hcl/value.ts";
import { blamed, evaluateText, expressionOf } from "./expressions.ts";

function found(text: string): {
  names: readonly string[];
  functions: readonly string[];
  references: readonly string[];
} {
  const { names, functions, references } = dependenciesOf(expressionOf(text));
  return {
    names: names.map(({ name }) => name),
    functions: functions.map(({ name }) => name),
    references: references.map(({ root, steps }) => [root, ...steps.map(({ name }) => name)].join(".")),
  };
}

describe("dependencies", () => {
  it.each([
    ["1 + 2", [], []],
    ["a + b.c - a", ["a", "b"], []],
    ["upper(a)", ["a"], ["upper"]],
    ['"x${a}%{ if b }${c}%{ else }${d}%{ endif }"', ["a", "b", "c", "d"], []],
    ['"%{ for k, v in xs }${k}${v}${w}%{ endfor }${v}"', ["xs", "w", "v"], []],
    ["[for k, v in v : k + v + w if k > limit]", ["v", "limit", "w"], []],
    ["{ for v in xs : v.id => f(v)... }", ["xs"], ["f"]],
    ["[for a in xs : [for b in a : b + a + c]]", ["xs", "c"], []],
    ['{ bare = a, (b) = c, "${d}" = 1 }', ["a", "b", "c", "d"], []],
    ["a ? b : !c", ["a", "b", "c"], []],
    ["xs[*].y[i]", ["xs", "i"], []],
    ["(a).b[c]", ["a", "c"], []],
    ["f(g(a), [b]...)", ["a", "b"], ["f", "g"]],
    ["convert(x, list(string))", ["x", "string"], ["convert", "list"]],
  ])("%s needs the names %j and the functions %j", (text, names, functions) => {
    expect(new Set(found(text).names)).toEqual(new Set(names));
    expect(new Set(found(text).functions)).toEqual(new Set(functions));
  });

  it.each([
    ["target.app.args.X", ["target.app.args.X"]],
    ['target.app.args["X"]', ["target.app.args.X"]],
    ["target.app.tags[0]", ["target.app.tags.0"]],
    ["target.app.args[k]", ["target.app.args", "k"]],
    ["target.app.tags[*]", ["target.app.tags"]],
    ["target.app.output[0].dest", ["target.app.output.0.dest"]],
    ["target", ["target"]],
    ["group.all.targets", ["group.all.targets"]],
    ["[for target in xs : target.app]", ["xs"]],
    ["[for x in target.app.tags : x]", ["target.app.tags"]],
  ])("%s refers to %j", (text, references) => {
    expect(found(text).references).toEqual(references);
  });

  it("names the first use of a name, and the whole of a reference", () => {
    const { names, references } = dependenciesOf(expressionOf("b + target.x.args.y + b"));
    const places = [...names, ...references].map(({ span }) =>
      blamed({ code: "", severity: "note", message: "", span }),
    );
    expect(places).toEqual(["b", "target", "b", "target.x.args.y", "b"]);
    expect(names[0]?.span.start).toBe(0);
  });
});

describe("references", () => {
  it("are offered with their literal steps, and consume what they stand for", () => {
    const offered: string[] = [];
    const reference = (root: string, steps: readonly { readonly name: string }[]) => {
      offered.push([root, ...steps.map(({ name }) => name)].join("."));
      return root === "target" ? { value: evaluateText('{ y = ["z"] }').value, consumed: 2 } : undefined;
    };
    const { value, diagnostics } = evaluateText("[target.x.args.y[0], other.z]", { reference });
    expect(value.kind).toBe("unknown");
    expect(offered).toEqual(["target.x.args.y.0", "other.z"]);
    expect(diagnostics.map(blamed)).toEqual(["other"]);
    expect(evaluateText("target.x.args.y[0]", { reference }).value).toEqual(stringValue("z"));
  });

  it("give way to variables and loop names", () => {
    const reference = (): never => {
      throw new Error("asked for a reference");
    };
    expect(evaluateText("target.a", { variables: { target: "{ a = 1 }" }, reference }).diagnostics).toEqual([]);
    expect(evaluateText("[for target in [{ a = 1 }] : target.a]", { reference }).diagnostics).toEqual([]);
  });
});

describe("literal strings", () => {
  it.each([
    ['"text"', "text"],
    ['""', ""],
    ['"e\\u0301"', "é"],
    ['"a${1}"', undefined],
    ['"${"a"}"', undefined],
    ["5", undefined],
    ["name", undefined],
  ])("%s is %j", (text, literal) => {
    expect(literalString(expressionOf(text))).toBe(literal);
  });
});
