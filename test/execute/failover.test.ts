import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import { BuildFailure, type Merging } from "../../src/execute/ports.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { FakeExports } from "./fake-exports.ts";
import { FakeNode, type Operation } from "./fake-node.ts";
import { planOf } from "./plans.ts";
import { Rig, settle } from "./rig.ts";

/** A new one for each loss: where an error came from is known by the error. */
const gone = (): TsbakeError => new TsbakeError("buildkit/connection-lost", "it is gone", { retryable: true });

function rigOf(plan: Plan, platforms: Readonly<Record<string, readonly string[]>>, exporters = new FakeExports()): Rig {
  const operations: Operation[] = [];
  const nodes = Object.entries(platforms).map(([name, known]) => new FakeNode(name, operations, { platforms: known }));
  return new Rig(plan, { nodes, exporters, onFailure: "continue" });
}

function messagesOf(rig: Rig): readonly string[] {
  return rig.events.flatMap((event) =>
    event.type === "message" && event.text.includes("was lost") ? [event.text] : [],
  );
}

function nodesOf(rig: Rig, build: string): readonly string[] {
  return rig.events.flatMap((event) => (event.type === "build-started" && event.build === build ? [event.node] : []));
}

const alike = { one: ["linux/amd64"], two: ["linux/amd64"] };

describe("a node that is lost", () => {
  test("leaves what was under way on it to another, and what was to come as well", async () => {
    const rig = rigOf(planOf({ a: { outputs: ["image", "oci"] }, b: { outputs: ["image"] } }), alike);
    await rig.fail("solve", "a#0", gone());
    await rig.finish();
    expect(rig.summary).toBe("a#0 succeeded, a#1 succeeded, b#0 succeeded");
    expect(nodesOf(rig, "a#0")).toEqual(["one", "two"]);
    expect(nodesOf(rig, "a#1")).toEqual(["two"]);
    expect(nodesOf(rig, "b#0")).toEqual(["two"]);
    expect(messagesOf(rig)).toEqual(["node one was lost (it is gone): target a is built on two"]);
    expect(rig.nodes.flatMap((node) => node.violations)).toEqual([]);
  });

  test("leaves linked targets, which are fed anew where they go", async () => {
    const rig = rigOf(planOf({ a: { linkedOnly: true }, b: { links: ["a"], outputs: ["image"] } }), alike);
    await rig.succeed("solve", "a#0");
    await rig.fail("solve", "b#0", gone());
    await rig.finish();
    expect(rig.summary).toBe("a#0 succeeded, b#0 succeeded");
    expect(rig.nodes[1]?.jobs.map((job) => job.request.build.id)).toEqual(["a#0", "b#0"]);
    expect(rig.nodes.flatMap((node) => node.violations)).toEqual([]);
  });

  test("fails a build that no other can do, and says so", async () => {
    const plan = planOf({ a: { outputs: ["image"], platforms: ["linux/amd64"] } });
    const rig = rigOf(plan, { one: ["linux/amd64"], two: ["linux/arm64"] });
    await rig.fail("solve", "a#0", gone());
    await rig.finish();
    expect(rig.outcome("a#0")).toMatchObject({
      status: "failed",
      message: "it is gone; no other node of the builder can do linux/amd64",
    });
  });

  test("moves a build once", async () => {
    const rig = rigOf(planOf({ a: { outputs: ["image"] } }), { ...alike, three: ["linux/amd64"] });
    await rig.fail("solve", "a#0", gone());
    await rig.fail("solve", "a#0", gone());
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed");
    expect(nodesOf(rig, "a#0")).toEqual(["one", "two"]);
  });

  test("is not what our own side has trouble with", async () => {
    const refused = new TsbakeError("drivers/engine-refused", "the engine refused the image", { retryable: true });
    const troubled = new FakeExports();
    troubled.troubles.set("a#0", () => refused);
    troubled.publishErrors.set("b#0", refused);
    const plan = planOf({ a: { outputs: ["docker"] }, b: { outputs: ["docker"] } });
    const rig = rigOf(plan, { one: ["linux/amd64"], two: ["linux/arm64"] }, troubled);
    await rig.fail("solve", "a#0", gone());
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed, b#0 failed");
    expect(messagesOf(rig)).toEqual([]);
  });

  test("is not what a build that fails makes of it", async () => {
    const rig = rigOf(planOf({ a: { outputs: ["image"] } }), alike);
    await rig.fail("solve", "a#0", new BuildFailure("buildkit/push", "503", { retryable: true }));
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed");
    expect(messagesOf(rig)).toEqual([]);
  });
});

describe("a build on several nodes", () => {
  const plan = planOf({
    base: { platforms: ["linux/amd64", "linux/arm64"] },
    a: { platforms: ["linux/amd64", "linux/arm64"], links: ["base"], outputs: ["local", "cacheonly"] },
  });
  const kinds = { amd: ["linux/amd64"], arm: ["linux/arm64"] };

  test("has its parts fed from parts, and is put together from their answers", async () => {
    const merged: Merging[] = [];
    const exporters = Object.assign(new FakeExports(), {
      merge: async (merging: Merging) => {
        merged.push(merging);
        return new Map([["containerimage.digest", "whole"]]);
      },
    });
    const rig = rigOf(plan, kinds, exporters);
    await rig.finish();
    expect(rig.summary).toBe("base#0 succeeded, a#0 succeeded, a#1 succeeded");
    expect(rig.nodes.flatMap((node) => node.violations)).toEqual([]);
    for (const [index, platform] of ["linux/amd64", "linux/arm64"].entries()) {
      const asked = rig.nodes[index]?.jobs.map(({ request }) => [request.target.platforms, request.part]);
      expect(asked).toEqual([1, 2, 3].map(() => [[platform], true]));
    }
    expect(rig.outcome("a#0")).toMatchObject({ response: new Map([["containerimage.digest", "whole"]]) });
    expect(merged).toHaveLength(3);
  });

  test("is called off on the others when one part fails", async () => {
    const rig = rigOf(planOf({ a: { platforms: ["linux/amd64", "linux/arm64"], outputs: ["local"] } }), kinds);
    await settle();
    rig.operations[0]?.succeed();
    await settle();
    rig.operations[0]?.fail(new BuildFailure("buildkit/run-failed", "exit code 1"));
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed");
    for (const node of rig.nodes) for (const job of node.jobs) expect(job.state).toBe("ended");
  });

  test("goes on where its platforms can be done when one of the nodes is lost", async () => {
    const rig = rigOf(planOf({ a: { platforms: ["linux/amd64", "linux/arm64"], outputs: ["local"] } }), {
      ...kinds,
      spare: ["linux/arm64"],
    });
    await settle();
    rig.operations[1]?.fail(gone());
    await rig.finish();
    expect(rig.summary).toBe("a#0 succeeded");
    expect(nodesOf(rig, "a#0")).toEqual(["amd and arm", "amd and spare"]);
    expect(messagesOf(rig)).toEqual(["node arm was lost (it is gone): target a is built on amd and spare"]);
  });
});
