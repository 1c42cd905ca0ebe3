import { describe, expect, it, test } from "vitest";
import type { Definition, Origin, TargetDefinition, TargetSettings } from "../../src/buildfile/definition.ts";
import { planOf } from "./planning.ts";

/** Targets made by hand: each inherits the names given and sets an argument of its own name. */
function family(parents: Readonly<Record<string, readonly string[]>>): Definition {
  const targets = Object.entries(parents).map(([name, names]): [string, TargetDefinition] => {
    const origin: Origin = { kind: "environment", variable: name };
    const settings: TargetSettings = {
      inherits: names.map((value) => ({ value, origin })),
      args: new Map([
        [name, { value: name, origin }],
        ["LAST", { value: name, origin }],
      ]),
    };
    return [name, { name, settings }];
  });
  return { targets: new Map(targets), groups: new Map(), variables: new Map() };
}

function argsOf(definition: Definition, names: readonly string[]): Record<string, string> {
  const { plan } = planOf(definition, { names });
  return Object.fromEntries(
    names.map((name) => [name, [...(plan.targets.get(name)?.args.keys() ?? [])].sort().join(" ")]),
  );
}

describe("inheriting", () => {
  it("merges parents in order, then the target's own attributes", () => {
    const { json } = planOf(`
      target "a" {
        args = { X = "a", A = "a" }
        tags = ["a"]
        target = "a"
      }
      target "b" {
        args = { X = "b", B = "b" }
        tags = ["b"]
      }
      target "default" {
        inherits = ["a", "b"]
        args = { B = "own" }
      }`);
    expect(json.target.default).toMatchObject({ args: { A: "a", B: "own", X: "b" }, tags: ["b"], target: "a" });
  });

  it("brings back, in a diamond, what the last parent inherited", () => {
    const { json } = planOf(`
      target "root" { args = { V = "root" } }
      target "left" {
        inherits = ["root"]
        args = { V = "left" }
      }
      target "right" { inherits = ["root"] }
      target "default" { inherits = ["left", "right"] }`);
    expect(json.target.default).toMatchObject({ args: { V: "root" } });
  });

  it("removes an inherited context with an empty one, as if it had never been", () => {
    const { json } = planOf(
      `
      target "a" { contexts = { x = "dir" } }
      target "b" { contexts = { x = "" } }
      target "default" { inherits = ["a", "b"] }
      target "other" {
        inherits = ["a"]
        contexts = { x = "" }
      }`,
      { names: ["default", "other"] },
    );
    expect(json.target.default).toMatchObject({ contexts: { x: "dir" } });
    expect(json.target.other).not.toHaveProperty("contexts");
  });

  it("lets go of the host network's entitlement with the host network", () => {
    const { json } = planOf(
      `
      target "base" { network = "host" }
      target "default" {
        inherits = ["base"]
        network = "none"
      }
      target "heir" { inherits = ["base"] }`,
      { names: ["default", "heir"] },
    );
    expect(json.target.default).not.toHaveProperty("entitlements");
    expect(json.target.heir).toMatchObject({ entitlements: ["network.host"] });
  });

  it("gives the same whether a target is asked for alone or with its relatives", () => {
    const definition = family({ a: [], b: ["a"], c: ["b"], d: ["c", "a"], e: ["c"] });
    const all = ["a", "b", "c", "d", "e"];
    const together = argsOf(definition, all);
    for (const name of all) expect(argsOf(definition, [name])[name]).toBe(together[name]);
    expect(together.e).toBe("LAST a b c e");
  });

  it("reports a parent that is no target, where it is said", () => {
    const { problems } = planOf(`target "base" {}
group "g" { targets = ["base"] }
target "default" {
  inherits = [
    "baes", "g"]
}`);
    expect(problems).toEqual([
      'error plan/parent-not-found 5: the target "default" inherits from "baes", which is no target [did you mean "base"?]',
      'error plan/parent-not-found 5: the target "default" inherits from "g", which is no target ["g" is a group; inherit from a target]',
    ]);
  });
});

describe("a circle of inheritance", () => {
  it("is cut where it closes, and reported once with the chain", () => {
    const { problems, json } = planOf(
      `target "a" {
  inherits = ["b"]
  args = { A = "1", V = "a" }
}
target "b" {
  inherits = ["a"]
  args = { B = "1", V = "b" }
}`,
      { names: ["a", "b"] },
    );
    expect(problems).toEqual([
      'warning plan/inheritance-cycle 6: targets inherit from each other: "a" → "b" → "a" [move what they share into a target of its own that each of them inherits]',
    ]);
    expect(json.target.a?.args).toEqual({ A: "1", B: "1", V: "a" });
    expect(json.target.b?.args).toEqual({ A: "1", B: "1", V: "b" });
  });

  test.each([
    [{ a: ["a"] }, { a: "LAST a" }],
    [
      { a: ["b"], b: ["a"], c: ["a"] },
      { a: "LAST a b", b: "LAST a b", c: "LAST a b c" },
    ],
    [
      { a: ["b", "c"], b: ["a"], c: ["b"], d: [] },
      { a: "LAST a b c", b: "LAST a b c", c: "LAST a b c", d: "LAST d" },
    ],
  ])("%j still builds", (parents, expected) => {
    expect(argsOf(family(parents), Object.keys(parents))).toEqual(expected);
  });
});

describe("much inheriting", () => {
  it("through thousands of generations neither overflows nor forgets", () => {
    const parents = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`t${i}`, i === 0 ? [] : [`t${i - 1}`]]));
    const { plan } = planOf(family(parents), { names: ["t4999"] });
    expect(plan.targets.get("t4999")?.args.size).toBe(5001);
    expect(plan.targets.get("t4999")?.args.get("LAST")).toBe("t4999");
  });

  it("through a ladder of diamonds resolves each ancestor once", () => {
    const rungs = Array.from({ length: 60 }, (_, i) => i);
    const parents = Object.fromEntries(
      rungs.flatMap((i) => {
        const above = i === 0 ? [] : [`l${i - 1}`, `r${i - 1}`];
        return [
          [`l${i}`, above],
          [`r${i}`, above],
        ];
      }),
    );
    expect(planOf(family(parents), { names: ["l59"] }).plan.targets.get("l59")?.args.size).toBe(120);
  });

  it("in a circle of thousands ends, and is reported once, in short", () => {
    const origin: Origin = { kind: "default" };
    const targets = Array.from({ length: 3000 }, (_, i): [string, TargetDefinition] => {
      const settings = { inherits: [{ value: `t${(i + 1) % 3000}`, origin }] };
      return [`t${i}`, { name: `t${i}`, settings }];
    });
    const definition = { targets: new Map(targets), groups: new Map(), variables: new Map() };
    const { problems, plan } = planOf(definition, { names: ["*"] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('"t0" → "t1" → "t2" → "t3" → "t4" → … → "t2999" → "t0" [');
    expect(plan.targets.size).toBe(3000);
  });

  it("of linked targets from one family does not start over for each", () => {
    const generations = 300;
    const targets = new Map(
      family(Object.fromEntries(Array.from({ length: generations }, (_, i) => [`t${i}`, i === 0 ? [] : [`t${i - 1}`]])))
        .targets,
    );
    for (let i = 0; i < generations; i++) {
      const origin: Origin = { kind: "default" };
      const contexts = new Map(i === generations - 1 ? [] : [["next", { value: `target:link${i + 1}`, origin }]]);
      targets.set(`link${i}`, {
        name: `link${i}`,
        settings: { inherits: [{ value: `t${generations - 1}`, origin }], contexts },
      });
    }
    const { plan } = planOf({ targets, groups: new Map(), variables: new Map() }, { names: ["link0"] });
    expect(plan.targets.size).toBe(generations);
    expect([...plan.targets.values()].every(({ args }) => args.size === generations + 1)).toBe(true);
  });
});
