import { describe, expect, it, test } from "vitest";
import type { Definition, Origin } from "../../src/buildfile/definition.ts";
import { planOf } from "./planning.ts";

const origin: Origin = { kind: "default" };

/** Targets that link to each other, made by hand. */
function linked(links: Readonly<Record<string, readonly string[]>>): Definition {
  const targets = Object.entries(links).map(([name, names]) => {
    const contexts = new Map(names.map((target) => [`from-${target}`, { value: `target:${target}`, origin }]));
    return [name, { name, settings: { contexts } }] as const;
  });
  return { targets: new Map(targets), groups: new Map(), variables: new Map() };
}

describe("a linked target", () => {
  it("that was not asked for keeps its result in the cache, with what it links to", () => {
    const { plan, json } = planOf(`
      target "a" { output = ["type=registry"] }
      target "b" { contexts = { a = "target:a" } }
      target "default" { contexts = { b = "target:b" } }`);
    expect(json.target.a).toMatchObject({ output: [{ type: "cacheonly" }] });
    expect([...plan.targets.values()].map(({ name, linkedOnly }) => [name, linkedOnly])).toEqual([
      ["a", true],
      ["b", true],
      ["default", false],
    ]);
    expect(json.group).toEqual({ default: { targets: ["default"] } });
  });

  it("that was asked for keeps its outputs", () => {
    const { json } = planOf(
      `
      target "base" { output = ["type=docker"] }
      target "app" { contexts = { base = "target:base" } }`,
      { names: ["app", "base"] },
    );
    expect(json.target.base).toMatchObject({ output: [{ type: "docker" }] });
  });

  it("hands on its entitlements, each once", () => {
    const { json } = planOf(`
      target "a" { network = "host" }
      target "b" { contexts = { a = "target:a" } }
      target "c" { contexts = { a = "target:a" } }
      target "default" { contexts = { b = "target:b", c = "target:c" } }`);
    expect(json.target.default).toMatchObject({ entitlements: ["network.host"] });
    expect(json.target.b).toMatchObject({ entitlements: ["network.host"] });
  });

  it("has to be built for the platforms of the target that links to it", () => {
    const text = (base: string, app: string): string => `target "base" { platforms = ${base} }
target "default" {
  platforms = ${app}
  contexts = { b = "target:base" }
}`;
    const both = '["linux/amd64", "linux/arm64"]';
    expect(planOf(text(both, '["linux/amd64", "linux/386"]')).problems).toEqual([
      'error plan/link-platforms 4: the target "default" is built for linux/386, but "base", which it links to, is built for linux/amd64, linux/arm64 only [add linux/386 to the platforms of "base"]',
    ]);
    expect(planOf(text(both, '["linux/arm64/v8", "local"]')).problems).toEqual([]);
    expect(planOf(text('["linux/amd64"]', both)).problems).toEqual([]);
    expect(planOf(text(both, '["linux/386"]')).problems).toEqual([]);
  });
});

describe("a link that goes wrong", () => {
  test.each<[string, string, string]>([
    [
      "to nothing",
      'contexts = { b = "target:bsae" }',
      'error plan/link-not-found 4: the context "b" of "default" links to "bsae", which is no target [did you mean "base"?]',
    ],
    ["to a group", 'contexts = { b = "target:g" }', '["g" is a group; link to one of its targets]'],
    [
      "to itself",
      'contexts = { b = "target:default" }',
      'error plan/link-cycle 4: the target "default" links to itself',
    ],
  ])("%s", (_, contexts, expected) => {
    const { problems } = planOf(`target "base" {}
group "g" { targets = ["base"] }
target "default" {
  ${contexts}
}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it("in a circle shows the chain", () => {
    const { problems, diagnostics } = planOf(
      `target "aaa" { contexts = { x = "target:bbb" } }
target "bbb" { contexts = { x = "target:ccc" } }
target "ccc" { contexts = { x = "target:aaa" } }`,
      { names: ["aaa"] },
    );
    expect(problems).toEqual(['error plan/link-cycle 3: targets link to each other: "aaa" → "bbb" → "ccc" → "aaa"']);
    expect(diagnostics[0]?.related).toHaveLength(3);
  });
});

describe("builds", () => {
  it("are one per target and output, the first doing the work", () => {
    const { plan } = planOf(`
      target "base" {}
      target "default" {
        contexts = { b = "target:base" }
        output = ["type=docker", "type=oci,dest=a.tar", "type=cacheonly"]
      }`);
    expect(
      plan.builds.map(({ id, target, output, repeats, links }) => [id, target, output?.type, repeats, [...links]]),
    ).toEqual([
      ["base#0", "base", "cacheonly", undefined, []],
      ["default#0", "default", "docker", undefined, [["b", "base#0"]]],
      ["default#1", "default", "oci", "default#0", [["b", "base#0"]]],
      ["default#2", "default", "cacheonly", "default#0", [["b", "base#0"]]],
    ]);
  });

  it("without outputs are one without an exporter", () => {
    const [build] = planOf('target "default" {}').plan.builds;
    expect(build).toEqual({ id: "default#0", target: "default", links: new Map() });
  });

  it("of a target that is only asked a question write nothing", () => {
    const { plan } = planOf('target "default" { output = ["type=docker", "type=tar"] }', { flags: { check: true } });
    expect(plan.builds).toEqual([{ id: "default#0", target: "default", links: new Map() }]);
  });

  it("come after those they wait for, however long the chain of links is", () => {
    const links = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`t${i}`, i === 2999 ? [] : [`t${i + 1}`]]),
    );
    const { plan } = planOf(linked(links), { names: ["t0"] });
    expect(plan.builds.map(({ target }) => target)).toEqual(Array.from({ length: 3000 }, (_, i) => `t${2999 - i}`));
  });
});
