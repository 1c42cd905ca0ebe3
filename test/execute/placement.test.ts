import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import type { Place } from "../../src/execute/place.ts";
import { placeBuilds, reachNodes } from "../../src/execute/placement.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeNode } from "./fake-node.ts";
import { planOf, type TargetSketch } from "./plans.ts";
import { settle } from "./rig.ts";

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

describe("a target of several platforms", () => {
  const kinds = { amd: ["linux/amd64"], arm: ["linux/arm64"] };
  const both = ["linux/amd64,linux/arm64"];

  test.each<{ readonly name: string; readonly targets: Readonly<Record<string, TargetSketch>>; readonly is: string }>([
    { name: "is built by several nodes when none has all", targets: { a: { platforms: both } }, is: "amd and arm" },
    { name: "in a folder as well", targets: { a: { platforms: both, outputs: ["local"] } }, is: "amd and arm" },
    { name: "but not for an archive", targets: { a: { platforms: both, outputs: ["local", "oci"] } }, is: "amd" },
    { name: "nor for a store", targets: { a: { platforms: both, outputs: ["image"] } }, is: "amd" },
    { name: "nor with one that says no platform", targets: { b: {}, a: { platforms: both, links: ["b"] } }, is: "amd" },
    {
      name: "nor linked to one that has fewer",
      targets: { b: { platforms: ["linux/amd64"] }, a: { platforms: both, links: ["b"] } },
      is: "amd",
    },
    {
      name: "together with one it links to that has more",
      targets: { b: { platforms: [...both, "linux/386"] }, a: { platforms: both, links: ["b"] } },
      is: "amd and arm",
    },
  ])("$name", async ({ targets, is }) => {
    const placed = placeBuilds(planOf(targets), await placesOf(kinds));
    expect(placed.get("a#0")?.node.name).toBe(is);
  });

  test("prefers nodes that do a platform themselves to one that emulates it", async () => {
    const nodes = [
      new FakeNode("amd", [], { platforms: ["linux/amd64", "linux/arm64"], preferred: ["linux/amd64"] }),
      new FakeNode("arm", [], { platforms: ["linux/arm64"] }),
    ];
    const { places } = await reachNodes(nodes, new AbortController().signal);
    const placed = placeBuilds(planOf({ a: { platforms: both }, b: { platforms: ["linux/amd64"] } }), places);
    expect([...placed.values()].map(({ node }) => node.name)).toEqual(["amd and arm", "amd"]);
  });
});

test("a node that takes long is not waited for when another has answered", async () => {
  const clock = new FakeClock();
  const slow = Object.assign(new FakeNode("slow"), {
    capabilities: (signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  });
  const reached = reachNodes([slow, new FakeNode("quick")], new AbortController().signal, clock);
  await settle();
  clock.advance(5000);
  expect((await reached).warnings).toEqual(["node slow is left out: it does not answer, 5 s after others did"]);
  expect(clock.sleeping).toBe(0);
});
