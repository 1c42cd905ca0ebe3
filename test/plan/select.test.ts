import { describe, expect, it, test } from "vitest";
import { select } from "../../src/plan/select.ts";
import { definitionOf, planOf } from "./planning.ts";

const file = `
group "web" { targets = ["front", "back"] }
group "all" { targets = ["web", "db", "web"] }
group "x" { targets = ["x", "front"] }
target "front" {}
target "back" {}
target "db" {}
target "x" {}
target "_base" {}
`;

function selected(names: readonly string[], text = file): unknown {
  const { value, diagnostics } = select(definitionOf(text), names);
  return {
    targets: value.targets,
    groups: Object.fromEntries([...value.groups].map(([name, group]) => [name, group.targets])),
    ...(diagnostics.length === 0 ? {} : { problems: diagnostics.map(({ code, message }) => `${code}: ${message}`) }),
  };
}

describe("selecting", () => {
  test.each([
    ["a target", ["db"], ["db"], { default: ["db"] }],
    ["a group", ["web"], ["front", "back"], { default: ["web"], web: ["front", "back"] }],
    [
      "groups of groups, members once",
      ["all"],
      ["front", "back", "db"],
      { default: ["all"], all: ["web", "db"], web: ["front", "back"] },
    ],
    ["a group that holds the target of its name", ["x"], ["x", "front"], { default: ["x"], x: ["x", "front"] }],
    ["names more than once", ["db", "db"], ["db"], { default: ["db"] }],
    ["a pattern, groups first", ["[dw]*"], ["front", "back", "db"], { default: ["db", "web"], web: ["front", "back"] }],
    ["what begins with an underscore", ["_*"], ["_base"], { default: ["_base"] }],
  ])("%s", (_, names, targets, groups) => {
    expect(selected(names)).toEqual({ targets, groups });
  });

  it("takes dots of names for underscores", () => {
    expect(selected(["my.app"], 'target "my_app" {}')).toEqual({
      targets: ["my_app"],
      groups: { default: ["my_app"] },
    });
  });

  it("takes the default group without names, and lists its members and what else was asked for", () => {
    const text = `${file} group "default" { targets = ["db"] }`;
    expect(selected([], text)).toEqual({ targets: ["db"], groups: { default: ["db"] } });
    expect(selected(["front", "default"], text)).toEqual({
      targets: ["front", "db"],
      groups: { default: ["db", "front"] },
    });
  });

  it("takes the default target without a default group", () => {
    expect(selected([], 'target "default" {}')).toEqual({ targets: ["default"], groups: { default: ["default"] } });
  });

  it("lists a target default where it was asked for first, as bake does", () => {
    const text = 'target "default" {}\ntarget "a" {}';
    const targets = ["default", "a"];
    expect(selected(targets, text)).toEqual({ targets, groups: { default: ["a", "default"] } });
    expect(selected(["a", "default"], text)).toEqual({ targets: ["a", "default"], groups: { default: ["a"] } });
  });
});

describe("a selection that goes wrong", () => {
  it("says what there is when there is no default", () => {
    expect(planOf(file).problems).toEqual([
      'error plan/target-not-found: there is no group and no target "default" to build [name one of web, all, x, front, back and db]',
    ]);
    expect(planOf("").problems[0]).toContain("the build files define no targets");
  });

  it("suggests the name that was meant", () => {
    expect(planOf(file, { names: ["fornt"] }).problems).toEqual([
      'error plan/target-not-found: there is no target and no group "fornt" [did you mean "front"?]',
    ]);
  });

  it("reports a member that does not exist at its group, and selects the rest", () => {
    const { problems, plan } = planOf('target "a" {}\ngroup "default" { targets = ["a", "b"] }\n');
    expect(problems).toEqual([
      'error plan/target-not-found 2: the group "default" lists "b", which is no target and no group [did you mean "a"?]',
    ]);
    expect([...plan.targets.keys()]).toEqual(["a"]);
  });

  it("reports a pattern that matches nothing, and a broken one", () => {
    expect(planOf(file, { names: ["zz*"] }).problems[0]).toContain(
      'error plan/nothing-matches: no target and no group matches "zz*"',
    );
    expect(planOf(file, { names: ["[a"] }).problems[0]).toContain("the pattern is broken");
  });

  it("shows the circle of groups that contain each other", () => {
    const { problems, diagnostics } = planOf(
      'group "a" { targets = ["b"] }\ngroup "b" { targets = ["c", "t"] }\ngroup "c" { targets = ["a"] }\ntarget "t" {}',
      { names: ["a"] },
    );
    expect(problems).toEqual([
      'error plan/group-cycle 1: groups contain each other: "a" → "b" → "c" → "a" [take one of them out of another\'s targets]',
    ]);
    expect(diagnostics[0]?.related?.map(({ message }) => message)).toEqual(['"b" is here', '"c" is here']);
  });
});

describe("groups", () => {
  it("may nest deeper than calls can", () => {
    const groups = new Map(
      Array.from({ length: 20_000 }, (_, i) => {
        const name = `g${i}`;
        return [name, { name, targets: [i === 19_999 ? "t" : `g${i + 1}`], fromMatrix: false }];
      }),
    );
    const definition = { targets: new Map([["t", { name: "t", settings: {} }]]), groups, variables: new Map() };
    expect(select(definition, ["g0"]).value.targets).toEqual(["t"]);
  });

  it("are visited once however many groups hold it", () => {
    const groups = new Map(
      Array.from({ length: 60 }, (_, i) => {
        const name = `g${i}`;
        return [name, { name, targets: i === 59 ? ["t"] : [`g${i + 1}`, `h${i + 1}`], fromMatrix: false }];
      }),
    );
    for (let i = 1; i < 60; i++) {
      const name = `h${i}`;
      groups.set(name, { name, targets: i === 59 ? ["t"] : [`g${i + 1}`, `h${i + 1}`], fromMatrix: false });
    }
    const definition = { targets: new Map([["t", { name: "t", settings: {} }]]), groups, variables: new Map() };
    expect(select(definition, ["g0"]).value.groups.size).toBe(120);
  });
});
