import fc from "fast-check";
import { expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import type { Outcome } from "../../src/events/event.ts";
import { BuildFailure } from "../../src/execute/ports.ts";
import type { OnFailure } from "../../src/execute/scheduler.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { FakeNode, type Operation } from "./fake-node.ts";
import { planOf, type TargetSketch } from "./plans.ts";
import { Rig, settle } from "./rig.ts";

interface Scenario {
  readonly sketches: readonly { readonly linked: readonly number[]; readonly outputs: number }[];
  readonly jobs: number;
  readonly perNode: number;
  readonly nodes: number;
  readonly onFailure: OnFailure;
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  /** What the world does next: which operation, and how it ends. */
  readonly choices: readonly number[];
  /** After how many choices Ctrl-C comes, if it does. */
  readonly interruptAfter: number | undefined;
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  sketches: fc.array(fc.record({ linked: fc.array(fc.nat(6), { maxLength: 3 }), outputs: fc.nat(3) }), {
    minLength: 1,
    maxLength: 7,
  }),
  jobs: fc.integer({ min: 1, max: 4 }),
  perNode: fc.integer({ min: 1, max: 3 }),
  nodes: fc.integer({ min: 1, max: 2 }),
  onFailure: fc.constantFrom<OnFailure[]>("stop", "finish", "continue"),
  retries: fc.nat(2),
  timeoutMs: fc.option(fc.constant(40), { nil: undefined }),
  choices: fc.array(fc.nat(999), { minLength: 5, maxLength: 60 }),
  interruptAfter: fc.option(fc.nat(30), { nil: undefined }),
});

function planFor({ sketches }: Scenario): Plan {
  const named: Record<string, TargetSketch> = {};
  for (const [index, { linked, outputs }] of sketches.entries()) {
    const links = [...new Set(linked.filter((to) => to < index))].map((to) => `t${to}`);
    named[`t${index}`] = { links, outputs: ["image", "oci", "local"].slice(0, outputs) };
  }
  return planOf(named);
}

/** Mostly well, sometimes not. */
function happen(operation: Operation, choice: number): void {
  if (operation.kind === "cleanup" || choice % 10 < 7) operation.succeed();
  else if (choice % 10 === 7) operation.fail(new BuildFailure("buildkit/run-failed", "exit code 1"));
  else if (choice % 10 === 8) operation.fail(new BuildFailure("buildkit/push", "503", { retryable: true }));
  else operation.fail(new TsbakeError("buildkit/connection-lost", "gone", { retryable: true }));
}

function checkLimits(rig: Rig, { jobs, perNode }: Scenario): void {
  // Work that was told to stop still counts, except that of jobs that held no slot: those are finished only to end.
  const working = rig.operations.filter((operation) => operation.kind !== "cleanup");
  expect(working.length).toBeLessThanOrEqual(jobs);
  for (const node of rig.nodes) {
    expect(working.filter((operation) => operation.node === node.name).length).toBeLessThanOrEqual(perNode);
  }
}

async function play(rig: Rig, scenario: Scenario): Promise<void> {
  const { choices, interruptAfter } = scenario;
  for (let step = 0; !rig.isOver; step++) {
    await settle();
    if (rig.isOver) return;
    checkLimits(rig, scenario);
    if (step === interruptAfter) {
      rig.interrupt.abort();
      continue;
    }
    const choice = choices[step % choices.length] ?? 0;
    // Beyond the choices all goes well, so that every run ends.
    const luck = step < choices.length ? choice : 0;
    const operation = rig.operations[choice % Math.max(1, rig.operations.length)];
    if (operation === undefined && rig.clock.sleeping === 0) throw new Error(`deadlock after ${step} steps`);
    if (operation === undefined || (luck % 13 === 12 && rig.clock.sleeping > 0)) rig.clock.advanceToNext();
    else happen(operation, luck);
    rig.clock.advance(1);
  }
}

function checkEvents(rig: Rig, plan: Plan): void {
  expect(rig.events[0]?.type).toBe("run-started");
  expect(rig.events.at(-1)?.type).toBe("run-ended");
  const ended: string[] = [];
  const attempts = new Map<string, number>();
  for (const event of rig.events) {
    if ("build" in event && event.build !== undefined) expect(ended).not.toContain(event.build);
    if (event.type === "build-ended") ended.push(event.build);
    if (event.type !== "build-started") continue;
    attempts.set(event.build, (attempts.get(event.build) ?? 0) + 1);
    expect(event.attempt).toBe(attempts.get(event.build));
  }
  expect([...ended].sort()).toEqual(plan.builds.map((build) => build.id).sort());
}

function checkOutcomes(
  outcomes: ReadonlyMap<string, Outcome>,
  plan: Plan,
  scenario: Scenario,
  wasInterrupted: boolean,
): void {
  expect([...outcomes.keys()]).toEqual(plan.builds.map((build) => build.id));
  for (const build of plan.builds) {
    const outcome = outcomes.get(build.id);
    if (outcome?.status === "blocked") expect(["failed", "timed-out"]).toContain(outcomes.get(outcome.by)?.status);
    if (outcome?.status === "succeeded" && build.repeats !== undefined) {
      expect(outcomes.get(build.repeats)?.status).toBe("succeeded");
    }
    if (outcome?.status === "cancelled") expect(wasInterrupted || scenario.onFailure !== "continue").toBe(true);
  }
}

test("whatever happens: limits are kept, nothing waits for ever, each build ends once, nothing is left running or staged", async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const plan = planFor(scenario);
      const operations: Operation[] = [];
      const nodes = Array.from({ length: scenario.nodes }, (_, index) => new FakeNode(`node${index}`, operations));
      const { jobs, perNode, onFailure, retries, timeoutMs } = scenario;
      const rig = new Rig(plan, {
        nodes,
        jobs,
        perNode,
        onFailure,
        retries,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      await play(rig, scenario);
      const { outcomes } = await rig.done;
      expect(nodes.flatMap((node) => node.violations)).toEqual([]);
      expect(operations).toEqual([]);
      for (const node of nodes) for (const job of node.jobs) expect(job.state).toBe("ended");
      expect(rig.exports.staged).toEqual(new Set());
      expect(rig.clock.sleeping).toBe(0);
      checkEvents(rig, plan);
      checkOutcomes(outcomes, plan, scenario, rig.interrupt.signal.aborted);
    }),
    { numRuns: 600 },
  );
});
