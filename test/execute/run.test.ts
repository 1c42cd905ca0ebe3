import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import { exitCodeOf } from "../../src/execute/exit-code.ts";
import { BuildFailure } from "../../src/execute/ports.ts";
import { FakeExports } from "./fake-exports.ts";
import { FakeNode } from "./fake-node.ts";
import { planOf } from "./plans.ts";
import { Rig, settle } from "./rig.ts";

const broken = new BuildFailure("buildkit/run-failed", "exit code 1");
const flaky = new BuildFailure("buildkit/push-failed", "503 from the registry", { retryable: true });
const lost = new TsbakeError("buildkit/connection-lost", "the node went away", { retryable: true });

describe("a build starts when what it waits for has progressed", () => {
  test("builds that wait for nothing start together", async () => {
    const rig = new Rig(planOf({ a: {}, b: {} }));
    await settle();
    expect(rig.underWay).toBe("solve a#0, solve b#0");
    await rig.finish();
    expect(rig.summary).toBe("a#0 succeeded, b#0 succeeded");
  });

  test("a repeated export solves beside the first build of its target, and is finished after that one", async () => {
    const rig = new Rig(planOf({ a: { outputs: ["image", "oci", "tar"] } }));
    await rig.succeed("solve", "a#0");
    expect(rig.underWay).toBe("solve a#1, solve a#2");
    expect(rig.node.jobs.map(({ context }) => context.repeats)).toEqual([
      undefined,
      rig.node.jobs[0],
      rig.node.jobs[0],
    ]);
    await rig.succeed("solve", "a#1", "a#2");
    expect(rig.underWay).toBe("finish a#0");
    await rig.succeed("finish", "a#0");
    expect(rig.underWay).toBe("finish a#1, finish a#2");
    await rig.finish();
    expect(rig.node.violations).toEqual([]);
  });

  test("a repeated export is not made when the first build of its target fails, however late", async () => {
    const rig = new Rig(planOf({ a: { outputs: ["image", "oci"] }, b: {} }), { onFailure: "continue" });
    await rig.succeed("solve", "a#0", "b#0", "a#1");
    await rig.fail("finish", "a#0", new BuildFailure("buildkit/push", "refused"));
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed, a#1 blocked by a#0, b#0 succeeded");
    expect(rig.exports.staged).toEqual(new Set());
  });

  test("a repeated export that is tried again no longer needs the first build's job", async () => {
    const rig = new Rig(planOf({ a: { outputs: ["image", "oci"] } }), { retries: 1 });
    await rig.succeed("solve", "a#0");
    await rig.fail("solve", "a#1", new BuildFailure("buildkit/push", "503", { retryable: true }));
    await rig.succeed("finish", "a#0");
    await rig.finish();
    expect(rig.node.jobs.map(({ context }) => context.repeats)).toEqual([undefined, rig.node.jobs[0], undefined]);
    expect(rig.summary).toBe("a#0 succeeded, a#1 succeeded");
  });

  test("a build with links starts when all it links to have solved, and those finish when it has", async () => {
    const rig = new Rig(planOf({ a: {}, b: {}, c: { links: ["a", "b"] } }));
    await rig.succeed("solve", "a#0");
    expect(rig.underWay).toBe("solve b#0");
    await rig.succeed("solve", "b#0");
    expect(rig.underWay).toBe("solve c#0");
    await rig.succeed("solve", "c#0");
    expect(rig.underWay.split(", ").sort()).toEqual(["finish a#0", "finish b#0", "finish c#0"]);
    await rig.finish();
    expect(rig.node.violations).toEqual([]);
  });

  test("a linked job is kept for the repeated exports of those that link to it", async () => {
    const rig = new Rig(planOf({ base: { outputs: ["image"] }, app: { links: ["base"], outputs: ["image", "oci"] } }));
    await rig.succeed("solve", "base#0", "app#0");
    expect(rig.underWay).toBe("solve app#1");
    await rig.succeed("solve", "app#1");
    expect(rig.underWay.split(", ").sort()).toEqual(["finish app#0", "finish base#0"]);
    await rig.succeed("finish", "app#0");
    expect(rig.underWay.split(", ").sort()).toEqual(["finish app#1", "finish base#0"]);
    await rig.finish();
    expect(rig.exports.published.sort()).toEqual(["app#0", "app#1", "base#0"]);
  });

  test("a node learns all requests before the first start", async () => {
    const rig = new Rig(planOf({ a: {}, b: { links: ["a"] } }));
    await rig.finish();
    expect(rig.node.shared.map((requests) => requests.map((request) => request.build.id))).toEqual([["a#0", "b#0"]]);
    expect(rig.node.shared[0]?.map((request) => request.linkedTo)).toEqual([true, false]);
  });
});

describe("limits", () => {
  test("the longest chain goes first, even when its first link becomes ready together with others", async () => {
    const plan = planOf({ single: {}, base: {}, middle: { links: ["base"] }, end: { links: ["middle"] } });
    const rig = new Rig(plan, { jobs: 1 });
    await settle();
    const order: string[] = [];
    while (!rig.isOver) {
      expect(rig.operations.length).toBeLessThanOrEqual(1);
      order.push(rig.underWay);
      rig.operations[0]?.succeed();
      await settle();
    }
    expect(order).toEqual([
      "solve base#0",
      "solve middle#0",
      "finish base#0",
      // Now the chain is no longer than the build that came first.
      "solve single#0",
      "finish single#0",
      "solve end#0",
      "finish end#0",
      "finish middle#0",
    ]);
  });

  test("each node has its own limit", async () => {
    const operations = new FakeNode("one").operations;
    const nodes = [
      new FakeNode("one", operations, { platforms: ["linux/amd64"] }),
      new FakeNode("two", operations, { platforms: ["linux/arm64"] }),
    ];
    const amd = { platforms: ["linux/amd64"] };
    const arm = { platforms: ["linux/arm64"] };
    const rig = new Rig(planOf({ a: amd, b: amd, c: arm, d: arm }), { nodes, perNode: 1 });
    await settle();
    expect(operations.map(({ node, build }) => `${node} ${build}`)).toEqual(["one a#0", "two c#0"]);
    await rig.finish();
  });
});

describe("when a build fails", () => {
  const plan = planOf({
    bad: { outputs: ["image", "oci"] },
    child: { links: ["bad"] },
    other: {},
    later: { links: ["other"] },
  });

  test("stop cancels the others, and blocks what depends on it", async () => {
    const rig = new Rig(plan);
    await rig.fail("solve", "bad#0", broken);
    expect(rig.underWay).toBe("cleanup other#0");
    await rig.finish();
    expect(rig.summary).toBe(
      "bad#0 failed, bad#1 blocked by bad#0, child#0 blocked by bad#0, other#0 cancelled: another-build-failed, later#0 cancelled: another-build-failed",
    );
    expect(exitCodeOf(await rig.done)).toBe(1);
  });

  test("finish lets the running ones end and starts no other", async () => {
    const rig = new Rig(plan, { onFailure: "finish" });
    await rig.fail("solve", "bad#0", broken);
    await rig.finish();
    expect(rig.summary).toBe(
      "bad#0 failed, bad#1 blocked by bad#0, child#0 blocked by bad#0, other#0 succeeded, later#0 cancelled: another-build-failed",
    );
  });

  test("finish starts none of those that wait for a slot", async () => {
    const rig = new Rig(planOf({ a: {}, b: {}, c: {} }), { onFailure: "finish", jobs: 2 });
    await rig.fail("solve", "a#0", broken);
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed, b#0 succeeded, c#0 cancelled: another-build-failed");
  });

  test("continue leaves out only what depends on it, and exits with 4 when something was published", async () => {
    const rig = new Rig(plan, { onFailure: "continue" });
    await rig.fail("solve", "bad#0", broken);
    await rig.finish();
    expect(rig.summary).toBe(
      "bad#0 failed, bad#1 blocked by bad#0, child#0 blocked by bad#0, other#0 succeeded, later#0 succeeded",
    );
    expect(exitCodeOf(await rig.done)).toBe(4);
  });

  test("a linked build that fails while exporting does not take those with it that link to it", async () => {
    const rig = new Rig(planOf({ base: {}, app: { links: ["base"] } }), { onFailure: "continue" });
    await rig.succeed("solve", "base#0", "app#0");
    await rig.fail("finish", "base#0", broken);
    await rig.finish();
    expect(rig.summary).toBe("base#0 failed, app#0 succeeded");
  });

  test("the outcome tells step, excerpt and hint", async () => {
    const step = { digest: "sha256:1", name: "RUN false" };
    const excerpts = [{ file: "Dockerfile", firstLine: 2, lines: [{ text: "RUN false", marked: true }] }];
    const rig = new Rig(planOf({ a: {} }));
    await settle();
    rig.clock.advance(250);
    await rig.fail(
      "solve",
      "a#0",
      new BuildFailure("buildkit/run-failed", "exit code 1", { step, excerpts, hint: "look" }),
    );
    await rig.done;
    expect(rig.outcome("a#0")).toEqual({
      status: "failed",
      durationMs: 250,
      code: "buildkit/run-failed",
      message: "exit code 1",
      hint: "look",
      step,
      excerpts,
      environment: false,
    });
  });

  test("trouble on our side explains the failure of a node", async () => {
    const exporters = new FakeExports();
    exporters.troubles.set("a#0", () => new TsbakeError("exporters/disk-full", "no space left"));
    const rig = new Rig(planOf({ a: { outputs: ["oci"] } }), { exporters });
    await rig.succeed("solve", "a#0");
    await rig.fail("finish", "a#0", new BuildFailure("buildkit/failed", "error from receiver"));
    await rig.done;
    expect(rig.outcome("a#0")).toMatchObject({ code: "exporters/disk-full", environment: true });
    expect(exitCodeOf(await rig.done)).toBe(3);
  });

  test("an unusable destination fails its build before anything starts", async () => {
    const exporters = new FakeExports();
    exporters.refusals.set("b#0", new TsbakeError("exporters/destination", "out is a folder"));
    const rig = new Rig(planOf({ a: {}, b: { outputs: ["oci"] } }), { exporters });
    await rig.done;
    expect(rig.node.jobs).toEqual([]);
    expect(rig.summary).toBe("a#0 cancelled: another-build-failed, b#0 failed");
  });

  test("a result that cannot be published fails its build, and nothing stays staged", async () => {
    const exporters = new FakeExports();
    exporters.publishErrors.set("a#0", new TsbakeError("exporters/destination", "cannot rename"));
    const rig = new Rig(planOf({ a: { outputs: ["oci"] } }), { exporters });
    await rig.finish();
    expect(rig.summary).toBe("a#0 failed");
    expect(exporters.staged).toEqual(new Set());
  });
});

describe("retries", () => {
  test("a transient failure is tried again after a pause, a lasting one is not", async () => {
    const rig = new Rig(planOf({ a: { outputs: ["image"] } }), { retries: 2 });
    await rig.succeed("solve", "a#0");
    await rig.fail("finish", "a#0", flaky);
    expect(rig.events.at(-1)).toMatchObject({ type: "build-retried", build: "a#0", attempt: 2, delayMs: 500 });
    expect(rig.operations).toEqual([]);
    rig.clock.advance(500);
    await rig.fail("solve", "a#0", lost);
    expect(rig.events.at(-1)).toMatchObject({
      type: "build-retried",
      attempt: 3,
      delayMs: 1000,
      reason: "the node went away",
    });
    rig.clock.advance(1000);
    await rig.fail("solve", "a#0", flaky);
    await rig.done;
    expect(rig.summary).toBe("a#0 failed");

    const lasting = new Rig(planOf({ a: {} }), { retries: 2 });
    await lasting.fail("solve", "a#0", broken);
    await lasting.done;
    expect(lasting.node.jobs.length).toBe(1);
  });

  test("no slot is held during the pause", async () => {
    const rig = new Rig(planOf({ a: {}, b: {} }), { retries: 1, jobs: 1 });
    await rig.fail("solve", "a#0", flaky);
    expect(rig.underWay).toBe("solve b#0");
    await rig.finish();
    expect(rig.summary).toBe("a#0 succeeded, b#0 succeeded");
  });

  test("the retry of a linking build opens its own feeds, through all levels, and ends them", async () => {
    const rig = new Rig(planOf({ base: {}, middle: { links: ["base"] }, app: { links: ["middle", "base"] } }), {
      retries: 1,
    });
    await rig.succeed("solve", "base#0", "middle#0", "app#0");
    await rig.succeed("finish", "base#0", "middle#0");
    await rig.fail("finish", "app#0", flaky);
    rig.clock.advance(500);
    await settle();
    expect(rig.operations.map(({ build, feeding }) => ({ build, feeding }))).toEqual([
      { build: "base#0", feeding: true },
    ]);
    await rig.finish();
    expect(rig.summary).toBe("base#0 succeeded, middle#0 succeeded, app#0 succeeded");
    expect(rig.node.violations).toEqual([]);
    expect(rig.node.jobs.map((job) => job.state)).toEqual(rig.node.jobs.map(() => "ended"));
  });

  test("cancelling during the pause ends the build as cancelled", async () => {
    const rig = new Rig(planOf({ a: {} }), { retries: 1 });
    await rig.fail("solve", "a#0", flaky);
    rig.interrupt.abort();
    await rig.done;
    expect(rig.summary).toBe("a#0 cancelled: interrupted");
    expect(rig.clock.sleeping).toBe(0);
  });
});

describe("time limits", () => {
  test("a build that works too long times out, and those that depend on it are blocked", async () => {
    const rig = new Rig(planOf({ a: {}, b: { links: ["a"] } }), { timeoutMs: 1000, onFailure: "continue", retries: 3 });
    await settle();
    rig.clock.advance(999);
    await settle();
    expect(rig.underWay).toBe("solve a#0");
    rig.clock.advance(1);
    await settle();
    expect(rig.underWay).toBe("cleanup a#0");
    await rig.finish();
    expect(rig.summary).toBe("a#0 timed-out, b#0 blocked by a#0");
    expect(exitCodeOf(await rig.done)).toBe(1);
  });

  test("waiting for those that link to it does not count", async () => {
    const rig = new Rig(planOf({ a: {}, b: { links: ["a"] } }), { timeoutMs: 1000 });
    await rig.succeed("solve", "a#0");
    rig.clock.advance(900);
    await rig.succeed("solve", "b#0");
    rig.clock.advance(90);
    await rig.succeed("finish", "b#0", "a#0");
    await rig.done;
    expect(rig.summary).toBe("a#0 succeeded, b#0 succeeded");
    expect(rig.clock.sleeping).toBe(0);
  });
});

describe("interrupting", () => {
  test("ends the wait for another process at the destination, which is told of", async () => {
    const exporters = new FakeExports();
    exporters.waits.set("a#0", async (waiting) => {
      waiting?.onWait("waiting for process 1");
      await new Promise((_resolve, reject) => {
        waiting?.signal.addEventListener("abort", () => reject(waiting.signal.reason));
      });
    });
    const rig = new Rig(planOf({ a: { outputs: ["oci"] } }), { exporters });
    await rig.succeed("solve", "a#0");
    await rig.succeed("finish", "a#0");
    expect(rig.events.at(-1)).toMatchObject({ type: "message", text: "waiting for process 1", build: "a#0" });
    expect(exporters.staged.size).toBe(1);
    rig.interrupt.abort();
    await settle();
    expect([rig.isOver, rig.summary, exporters.staged.size, exporters.published]).toEqual([
      true,
      "a#0 cancelled: interrupted",
      0,
      [],
    ]);
  });

  test("cancels what runs and what waits, and waits for the cleaning up", async () => {
    const rig = new Rig(planOf({ base: {}, app: { links: ["base"] }, more: { links: ["app"] } }));
    await rig.succeed("solve", "base#0");
    rig.interrupt.abort();
    await settle();
    expect(rig.underWay.split(", ").sort()).toEqual(["cleanup app#0", "cleanup base#0"]);
    expect(rig.isOver).toBe(false);
    await rig.finish();
    expect(rig.summary).toBe(
      "base#0 cancelled: interrupted, app#0 cancelled: interrupted, more#0 cancelled: interrupted",
    );
    expect(exitCodeOf(await rig.done)).toBe(130);
  });

  test("before the start nothing is started at all", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const rig = new Rig(planOf({ a: {} }), { signal: interrupt.signal });
    await rig.done;
    expect(rig.summary).toBe("a#0 cancelled: interrupted");
    expect(rig.events.map((event) => event.type)).toEqual(["run-started", "build-ended", "run-ended"]);
  });
});

describe("bugs", () => {
  test("are thrown after everything was cancelled and cleaned up", async () => {
    const rig = new Rig(planOf({ a: {}, b: { outputs: ["oci"] } }), { onFailure: "continue" });
    await rig.fail("solve", "a#0", new TypeError("x is undefined"));
    expect(rig.underWay).toBe("cleanup b#0");
    expect(rig.isOver).toBe(false);
    await expect(rig.finish()).rejects.toThrow("x is undefined");
    expect(rig.events.at(-1)?.type).toBe("run-ended");
    expect(rig.events.filter((event) => event.type === "build-ended").length).toBe(2);
  });

  test("a plan out of order is one", async () => {
    const plan = planOf({ a: {}, b: { links: ["a"] } });
    const rig = new Rig({ ...plan, builds: [...plan.builds].reverse() });
    await expect(rig.done).rejects.toThrow("does not come before it");
  });
});

describe("what is said", () => {
  test("Node has nothing to warn of when many builds run at once", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listen);
    const names = Array.from({ length: 40 }, (_, index) => `t${index}`);
    for (const jobs of [3, 100]) {
      const rig = new Rig(planOf(Object.fromEntries(names.map((name) => [name, {}]))), { jobs });
      await rig.finish();
    }
    await settle();
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  test("a result that goes nowhere is said once for the run", async () => {
    const rig = new Rig(planOf({ a: {}, b: {}, linked: { linkedOnly: true }, kept: { outputs: ["oci"] } }));
    await rig.finish();
    expect(rig.events.filter((event) => event.type === "message")).toEqual([
      expect.objectContaining({ level: "warning", text: expect.stringContaining("no output is given for a and b") }),
    ]);
  });

  test("events of a build that has ended are dropped", async () => {
    const rig = new Rig(planOf({ a: {} }));
    await rig.finish();
    const before = rig.events.length;
    rig.node.jobs[0]?.context.emit({ type: "transfer", at: 0, build: "a#0", name: "context", bytes: 1, done: false });
    expect(rig.events.length).toBe(before);
  });

  test("an empty plan is done at once", async () => {
    const rig = new Rig(planOf({}));
    expect(exitCodeOf(await rig.done)).toBe(0);
    expect(rig.events.map((event) => event.type)).toEqual(["run-started", "run-ended"]);
  });
});
