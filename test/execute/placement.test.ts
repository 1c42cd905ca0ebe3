import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import type { Place } from "../../src/execute/place.ts";
import { placeBuilds, reachNodes } from "../../src/execute/placement.ts";
import { FakeNode } from "./fake-node.ts";
import { planOf, type TargetSketch } from "./plans.ts";

async function placesOf(platforms: Readonly<Record<string, readonly string[]>>): Promise<readonly Place[]> {
  const nodes = Object.entries(platforms).map(([name, known]) => new FakeNode(name, [], { platforms: known }));
  return (await reachNodes(nodes, new AbortController().signal)).places;
}

const amdAndArm = { amd: ["linux/amd64", "linux/386"], arm: ["linux/arm64", "linux/arm/v7"] };

const cases: readonly {
  readonly name: string;
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly targets: Readonly<Record<string, TargetSketch>>;
  readonly is: Readonly<Record<string, string>>;
}[] = [
  {
    name: "a node that has the platform, however it is spelt",
    nodes: amdAndArm,
    targets: { a: { platforms: ["aarch64"] }, b: { platforms: ["linux/x86_64"] }, c: { platforms: ["linux/arm"] } },
    is: { "a#0": "arm", "b#0": "amd", "c#0": "arm" },
  },
  {
    name: "the first node for what no node has, and for what every node has",
    nodes: amdAndArm,
    targets: { a: { platforms: ["linux/riscv64"] }, b: { platforms: ["local"] } },
    is: { "a#0": "amd", "b#0": "arm" },
  },
  {
    name: "the node with the most of the platforms",
    nodes: { one: ["linux/amd64"], all: ["linux/amd64", "linux/arm64"] },
    targets: { a: { platforms: ["linux/amd64,linux/arm64"] } },
    is: { "a#0": "all" },
  },
  {
    name: "equal nodes in turns",
    nodes: { one: ["linux/amd64"], two: ["linux/amd64"] },
    targets: { a: {}, b: {}, c: {} },
    is: { "a#0": "one", "b#0": "two", "c#0": "one" },
  },
  {
    name: "linked targets and the outputs of one target together",
    nodes: amdAndArm,
    targets: { base: {}, other: {}, app: { links: ["base"], outputs: ["oci", "tar"], platforms: ["linux/arm64"] } },
    is: { "base#0": "arm", "other#0": "amd", "app#0": "arm", "app#1": "arm" },
  },
];

describe("builds are placed on", () => {
  test.each(cases)("$name", async ({ nodes, targets, is }) => {
    const placed = placeBuilds(planOf(targets), await placesOf(nodes));
    expect(Object.fromEntries([...placed].map(([id, { node }]) => [id, node.name]))).toEqual(is);
  });
});

describe("a node that cannot be reached", () => {
  const unreachable = (name: string, error: unknown): FakeNode =>
    Object.assign(new FakeNode(name), { capabilities: () => Promise.reject(error) });
  const gone = new TsbakeError("drivers/no-engine", "nobody answers");

  test("is left out with a warning while another one answers", async () => {
    const { places, warnings } = await reachNodes(
      [unreachable("one", gone), new FakeNode("two")],
      new AbortController().signal,
    );
    expect(places.map(({ node }) => node.name)).toEqual(["two"]);
    expect(warnings).toEqual(["node one is left out: nobody answers"]);
  });

  test("is the error when there is no other", async () => {
    await expect(reachNodes([unreachable("one", gone)], new AbortController().signal)).rejects.toBe(gone);
  });

  test("does not hide a bug", async () => {
    const nodes = [unreachable("one", new TypeError("a bug")), new FakeNode("two")];
    await expect(reachNodes(nodes, new AbortController().signal)).rejects.toThrow("a bug");
  });
});
