import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  Definition,
  GroupDefinition,
  Origin,
  TargetDefinition,
  TargetSettings,
} from "../../src/buildfile/definition.ts";
import { printPlan } from "../../src/plan/print-plan.ts";
import { planOf } from "./planning.ts";

const origin: Origin = { kind: "default" };
const names = ["a", "b", "c", "d", "e", "f"];
const name = fc.constantFrom(...names);

/** Any tangle of inheritance, links and groups, circles and dead ends included. */
const target: fc.Arbitrary<TargetSettings> = fc
  .record({
    inherits: fc.array(name, { maxLength: 2 }),
    links: fc.array(name, { maxLength: 2 }),
    outputs: fc.array(fc.constantFrom("docker", "cacheonly", "oci"), { maxLength: 3 }),
    platforms: fc.subarray(["linux/amd64", "linux/arm64"]),
    tags: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
  })
  .map(({ inherits, links, outputs, platforms, tags }) => ({
    inherits: inherits.map((value) => ({ value, origin })),
    contexts: new Map(links.map((link, i) => [`c${i}`, { value: `target:${link}`, origin }])),
    output: { value: outputs.map((type) => ({ type, attributes: new Map() })), origin },
    platforms: { value: platforms, origin },
    tags: { value: tags, origin },
  }));

const definitions: fc.Arbitrary<Definition> = fc
  .record({
    targets: fc.dictionary(name, target, { minKeys: 1 }),
    groups: fc.dictionary(
      fc.constantFrom("g", "h", "default"),
      fc.array(fc.constantFrom(...names, "g", "h"), { maxLength: 3 }),
    ),
  })
  .map(({ targets, groups }) => ({
    targets: new Map(
      Object.entries(targets).map(([each, settings]): [string, TargetDefinition] => [each, { name: each, settings }]),
    ),
    groups: new Map(
      Object.entries(groups).map(([each, members]): [string, GroupDefinition] => [
        each,
        { name: each, targets: members, fromMatrix: false },
      ]),
    ),
    variables: new Map(),
  }));

const asked = fc.array(fc.constantFrom(...names, "g", "h", "*", "[a-c]"), { maxLength: 3 });

describe("any plan", () => {
  it("has builds in an order in which each follows those it waits for", () => {
    fc.assert(
      fc.property(definitions, asked, (definition, patterns) => {
        const { builds } = planOf(definition, { names: patterns }).plan;
        const seen = new Set<string>();
        for (const { id, repeats, links } of builds) {
          for (const before of [...links.values(), ...(repeats === undefined ? [] : [repeats])])
            expect(seen).toContain(before);
          expect(seen).not.toContain(id);
          seen.add(id);
        }
      }),
    );
  });

  it("has a build for each target, and a target for each build and link", () => {
    fc.assert(
      fc.property(definitions, asked, (definition, patterns) => {
        const { plan, problems } = planOf(definition, { names: patterns });
        expect(new Set(plan.builds.map((build) => build.target))).toEqual(new Set(plan.targets.keys()));
        for (const { output, name: each } of plan.targets.values()) {
          expect(plan.builds.filter((build) => build.target === each)).toHaveLength(Math.max(1, output.length));
        }
        if (problems.some((problem) => problem.includes("link-"))) return;
        for (const each of plan.targets.values()) {
          const [first] = plan.builds.filter((build) => build.target === each.name);
          expect(first?.links.size).toBe(each.contexts.size);
        }
      }),
    );
  });

  it("is the same for the same input, whatever the order of the targets", () => {
    fc.assert(
      fc.property(definitions, asked, (definition, patterns) => {
        const first = planOf(definition, { names: patterns });
        expect(planOf(definition, { names: patterns }).plan).toEqual(first.plan);
        const reversed = { ...definition, targets: new Map([...definition.targets].reverse()) };
        const other = planOf(reversed, { names: patterns });
        if (first.problems.length === 0) expect(printPlan(other.plan)).toBe(printPlan(first.plan));
      }),
    );
  });

  it("builds what was asked for, and what that links to", () => {
    fc.assert(
      fc.property(definitions, name, (definition, wanted) => {
        const { plan, problems } = planOf(definition, { names: [wanted] });
        expect(plan.targets.has(wanted)).toBe(definition.targets.has(wanted));
        expect(problems.some((problem) => problem.includes("target-not-found"))).toBe(!definition.targets.has(wanted));
        for (const each of plan.targets.values()) expect(each.linkedOnly).toBe(each.name !== wanted);
      }),
    );
  });
});
