import { describe, expect, it } from "vitest";
import { positionAt } from "../../../src/base/span.ts";
import type { Origin } from "../../../src/buildfile/definition.ts";
import { explainTarget } from "../../../src/plan/explain/explain.ts";
import type { ExplainedValue, Explanation, Use } from "../../../src/plan/explain/explanation.ts";
import { type Circumstances, definitionOf } from "../../buildfile/definition/evaluate.ts";
import { type Asked, planOf } from "../planning.ts";

interface Question extends Asked {
  readonly circumstances?: Circumstances;
  readonly target?: string;
}

function explain(text: string, { circumstances = {}, target = "app", ...asked }: Question = {}): Explanation {
  const definition = definitionOf(text, circumstances);
  const { plan } = planOf(definition, { names: [target], ...asked });
  const found = plan.targets.get(target);
  if (!found) throw new Error(`there is no target ${target}`);
  return explainTarget(found, definition);
}

/** `value < place (path) {uses} < …`, the steps of one value. */
function chain(explanation: Explanation, label: string): string {
  const value = explanation.values.find((each) => labelOf(each) === label);
  if (!value) throw new Error(`nothing is told of ${label}`);
  if (value.steps.length === 0) return `${value.value} (${value.note})`;
  return value.steps
    .map((step) => {
      const path = step.path ? ` (${step.path.join(" ")})` : "";
      const uses = step.uses.length > 0 ? ` {${step.uses.map(useText).join(", ")}}` : "";
      return `${String(step.value)} @ ${placeOf(step.origin)}${path}${uses}`;
    })
    .join(" < ");
}

function labelOf({ attribute, key }: ExplainedValue): string {
  return key === undefined ? attribute : `${attribute}.${key}`;
}

function placeOf(origin: Origin): string {
  if (origin.kind === "file") {
    const { line, column } = positionAt(origin.span.source, origin.span.start);
    return `${line}:${column} ${origin.block}`;
  }
  if (origin.kind === "override") return origin.flag;
  return origin.kind === "environment" ? `env ${origin.variable}` : origin.kind;
}

function useText({ kind, name, value, origin, others, uses }: Use): string {
  const inner = [...uses.map(useText), ...others.map(({ origin: other }) => `not ${placeOf(other)}`)].join(", ");
  return `${kind} ${name}${value === undefined ? "" : `=${value}`}${origin ? ` @ ${placeOf(origin)}` : ""}${inner === "" ? "" : ` {${inner}}`}`;
}

describe("the story of a value", () => {
  it("is the default of what nobody said", () => {
    const explanation = explain('target "app" {}');
    expect(explanation.values.map(labelOf)).toEqual(["context", "dockerfile"]);
    expect(chain(explanation, "context")).toBe(". (the working folder, when nothing is said)");
  });

  it("goes from the block over its parents to what they replaced, with the way it was inherited", () => {
    const text = [
      'target "_base" { args = { A = "base", B = "base" } }',
      'target "_mid" {',
      '  inherits = ["_base"]',
      '  args = { A = "mid" }',
      "}",
      'target "app" {',
      '  inherits = ["_mid"]',
      '  args = { A = "app" }',
      "}",
      'target "app" { args = { A = "again" } }',
    ].join("\n");
    const explanation = explain(text, { set: ["app.args.A=set"] });
    expect(explanation.ancestors).toEqual(["_base", "_mid"]);
    expect(chain(explanation, "args.A")).toBe(
      "set @ --set app.args.A=set < again @ 10:25 app < app @ 8:12 app < mid @ 4:12 _mid (app _mid) < base @ 1:27 _base (app _mid _base)",
    );
    expect(chain(explanation, "args.B")).toBe("base @ 1:39 _base (app _mid _base)");
    expect(chain(explanation, "inherits.0")).toBe("_mid @ 7:15 app");
  });

  it("takes the last parent's way in a diamond", () => {
    const text = [
      'target "_root" { args = { A = "root" } }',
      'target "_left" { inherits = ["_root"] }',
      'target "_right" { inherits = ["_root"] }',
      'target "app" { inherits = ["_left", "_right"] }',
    ].join("\n");
    const explanation = explain(text);
    expect(explanation.ancestors).toEqual(["_root", "_left", "_right"]);
    expect(chain(explanation, "args.A")).toBe("root @ 1:27 _root (app _right _root)");
  });

  it("tells of flags", () => {
    const explanation = explain('target "app" { tags = ["a"] }', {
      flags: { push: true, tags: ["b"], buildArgs: ["X=1"] },
    });
    expect(chain(explanation, "tags")).toBe("b @ --tag b < a @ 1:23 app");
    expect(chain(explanation, "output")).toBe("type=image,push=true @ --push");
    expect(chain(explanation, "args.X")).toBe("1 @ --build-arg X=1");
  });

  it("tells of the environment that reaches every target", () => {
    const explanation = explain('target "app" {}', { environment: { SOURCE_DATE_EPOCH: "0" } });
    expect(chain(explanation, "args.SOURCE_DATE_EPOCH")).toBe("0 @ env SOURCE_DATE_EPOCH");
  });

  it("keeps the elements of lists apart that come from different places", () => {
    const text = [
      'target "_base" {',
      '  secret = ["id=a,src=x", "id=b,env=B"]',
      '  annotations = ["k=v"]',
      '  cache-from = ["type=gha"]',
      '  attest = ["type=sbom"]',
      '  ssh = ["default"]',
      "}",
      'target "app" {',
      '  inherits = ["_base"]',
      '  secret = ["id=a,env=A"]',
      '  annotations = ["l=w"]',
      "}",
    ].join("\n");
    const explanation = explain(text);
    expect(chain(explanation, "secret.a")).toBe("id=a,env=A @ 10:13 app < id=a,src=x @ 2:13 _base (app _base)");
    expect(chain(explanation, "secret.b")).toBe("id=b,env=B @ 2:27 _base (app _base)");
    expect(chain(explanation, "annotations.0")).toBe("k=v @ 3:18 _base (app _base)");
    expect(chain(explanation, "annotations.1")).toBe("l=w @ 11:18 app");
    expect(chain(explanation, "cache-from.0")).toBe("type=gha @ 4:17 _base (app _base)");
    expect(chain(explanation, "attest.sbom")).toBe("type=sbom @ 5:13 _base (app _base)");
    expect(chain(explanation, "ssh.default")).toBe("default @ 6:10 _base (app _base)");
  });

  it("tells resources field by field, where each changed", () => {
    const text = [
      'target "_base" { resources = { memory = "1g", cpu-shares = 5 } }',
      'target "app" {',
      '  inherits = ["_base"]',
      '  resources = { memory = "2g" }',
      "}",
    ].join("\n");
    const explanation = explain(text);
    expect(chain(explanation, "resources.memory")).toBe("2g @ 4:15 app < 1g @ 1:30 _base (app _base)");
    expect(chain(explanation, "resources.cpu-shares")).toBe("5 @ 1:30 _base (app _base)");
  });

  it("says why there is an entitlement that nobody asked for", () => {
    const text = [
      'target "app" {',
      '  network = "host"',
      '  contexts = { x = "target:x" }',
      "}",
      'target "x" { entitlements = ["security.insecure"] }',
    ].join("\n");
    const explanation = explain(text);
    expect(chain(explanation, "entitlements.network.host")).toBe("network.host (because network is host)");
    expect(chain(explanation, "entitlements.security.insecure")).toContain("because a target it links to needs it");
  });

  it("shows values as they are built with, and steps as they were said", () => {
    const explanation = explain('target "app" {\n context = "./x/"\n platforms = ["linux/amd64,linux/arm64"]\n}');
    const context = explanation.values.find(({ attribute }) => attribute === "context");
    expect(context).toMatchObject({ value: "x", steps: [{ value: "./x/" }] });
    const platforms = explanation.values.find(({ attribute }) => attribute === "platforms");
    expect(platforms).toMatchObject({ value: ["linux/amd64", "linux/arm64"] });
  });

  it("ends where inheritance closes a circle", () => {
    const text =
      'target "app" {\n inherits = ["b"]\n args = { A = 1 }\n}\ntarget "b" {\n inherits = ["app"]\n args = { B = 1 }\n}';
    const explanation = explain(text);
    expect(explanation.ancestors).toEqual(["b"]);
    expect(chain(explanation, "args.B")).toBe("1 @ 7:11 b (app b)");
  });

  it("is told of thousands of ancestors in no time", () => {
    const blocks = Array.from({ length: 3000 }, (_, i) => `target "t${i + 1}" { inherits = ["t${i}"] }`);
    const text = ['target "t0" { args = { A = "0" } }', ...blocks].join("\n");
    const explanation = explain(text, { target: "t3000" });
    expect(explanation.ancestors).toHaveLength(3000);
    expect(explanation.values.find(({ key }) => key === "A")?.steps[0]?.path).toHaveLength(3001);
  });
});

describe("the names a value uses", () => {
  it("are told with where their values came from, and what theirs use", () => {
    const text = [
      'variable "V" { default = "${S}.1" }',
      "S = upper(T)",
      'T = "t"',
      'target "app" { args = { A = "x-${V}", B = "no", C = V } }',
    ].join("\n");
    const explanation = explain(text);
    const uses = "{variable V=T.1 @ 1:26 V {constant S=T @ 2:5 S {constant T=t @ 3:5 T}}}";
    expect(chain(explanation, "args.A")).toBe(`x-T.1 @ 4:25 app ${uses}`);
    expect(chain(explanation, "args.B")).toBe("no @ 4:39 app");
    expect(chain(explanation, "args.C")).toBe(`T.1 @ 4:49 app ${uses}`);
  });

  it("that the environment sets hide their defaults, whose names do not count then", () => {
    const text = 'variable "V" { default = S }\nS = "s"\ntarget "app" { args = { A = V } }';
    const explanation = explain(text, { circumstances: { environment: { V: "e" } } });
    expect(chain(explanation, "args.A")).toBe("e @ 3:25 app {variable V=e @ env V {not 1:26 V}}");
  });

  it("include the axes of a matrix, for what the cell itself says only", () => {
    const text = [
      'variable "x" { default = "outer" }',
      'variable "V" { default = x }',
      'target "app" {',
      '  name = "app-${x}"',
      '  matrix = { x = ["1"] }',
      '  args = { A = "${x}${V}" }',
      "}",
    ].join("\n");
    const explanation = explain(text, { target: "app-1" });
    expect([...(explanation.cell ?? [])]).toEqual([["x", "1"]]);
    expect(chain(explanation, "args.A")).toBe(
      "1outer @ 6:12 app-1 {axis x=1, variable V=outer @ 2:26 V {variable x=outer @ 1:26 x}}",
    );
  });

  it("include functions with what their bodies use, but not their parameters", () => {
    const text = [
      'variable "V" { default = "v" }',
      'variable "p" { default = "p" }',
      'function "f" {',
      "  params = [p]",
      '  result = "${p}${V}"',
      "}",
      'target "app" { args = { A = f("x") } }',
    ].join("\n");
    expect(chain(explain(text), "args.A")).toBe("xv @ 7:25 app {function f() @ 3:10 f {variable V=v @ 1:26 V}}");
  });

  it("include references and what is built in", () => {
    const text = [
      'target "other" { tags = ["x"] }',
      'target "app" { args = { A = target.other.tags[0], B = BAKE_LOCAL_PLATFORM } }',
    ].join("\n");
    const explanation = explain(text);
    expect(chain(explanation, "args.A")).toBe("x @ 2:25 app {reference target.other.tags @ 1:8 other}");
    expect(chain(explanation, "args.B")).toBe("linux/amd64 @ 2:51 app {built-in BAKE_LOCAL_PLATFORM}");
  });

  it("of one element of a list are its own", () => {
    const text = 'variable "V" {}\nvariable "W" {}\ntarget "app" { annotations = ["a=${V}", "b=${W}"] }';
    const explanation = explain(text);
    expect(chain(explanation, "annotations.0")).toContain("{variable V= @ 1:10 V}");
    expect(chain(explanation, "annotations.1")).toContain("{variable W= @ 2:10 W}");
  });
});
