import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../../src/engine/store/open-store.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { BuildFailure } from "../../../src/execute/ports.ts";
import { createTempFolder } from "../../engine/temp-folder.ts";
import { closureOf, diffIdOf, type Plan, playedSolver, stepsOf } from "./solver-setting.ts";

let folder: Awaited<ReturnType<typeof createTempFolder>>;
let store: EngineStore;

beforeAll(async () => {
  folder = await createTempFolder();
  store = await openStore(folder.path);
});

afterAll(async () => {
  await store.close();
  await folder[Symbol.asyncDispose]();
});

const limits = { pack: 2, run: 3 };
const runs = { numRuns: 60 };

/** Steps of which each may stand on one before it and read some before it. */
const plans: fc.Arbitrary<readonly Plan[]> = fc
  .array(fc.tuple(fc.nat(), fc.array(fc.nat(), { maxLength: 3 })), { minLength: 1, maxLength: 9 })
  .map((list) =>
    list.map(([base, reads], index): Plan => {
      const below = base % (index + 1);
      return {
        ...(below === index ? {} : { base: below }),
        reads: index === 0 ? [] : [...new Set(reads.map((read) => read % index))],
      };
    }),
  );

const durations = fc.array(fc.nat({ max: 4 }), { minLength: 9, maxLength: 9 });

const setting = fc.record({
  plans,
  durations,
  /** The builds: places of their tops. */
  tops: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
});

function chainOf(plans: readonly Plan[], top: number): readonly string[] {
  const base = plans[top]?.base;
  return [...(base === undefined ? [] : chainOf(plans, base)), diffIdOf(top)];
}

function union(sets: readonly ReadonlySet<number>[]): readonly number[] {
  return [...new Set(sets.flatMap((set) => [...set]))].sort((a, b) => a - b);
}

function sorted(list: readonly number[]): readonly number[] {
  return [...list].sort((a, b) => a - b);
}

test("each step that is needed is done once, after those it needs, and no more at once than are allowed", async () => {
  await fc.assert(
    fc.asyncProperty(setting, async ({ plans, durations, tops }) => {
      const steps = stepsOf(plans);
      const played = playedSolver(store, limits, {
        turns: (step) => durations[step] ?? 0,
        begin: (step) => {
          for (const needed of closureOf(plans, step)) if (needed !== step) expect(played.ended).toContain(needed);
        },
      });
      const wanted = tops.map((top) => top % plans.length);
      const { signal } = new AbortController();
      const solved = await Promise.all(
        wanted.map((top) => played.solver.solve(steps[top] ?? fail(), played.options(signal))),
      );
      expect(sorted(played.begun)).toEqual(union(wanted.map((top) => closureOf(plans, top))));
      expect(played.mostRunning()).toBeLessThanOrEqual(limits.run);
      for (const [index, top] of wanted.entries()) {
        expect(solved[index]?.layers.map(({ layer }) => layer.diffId)).toEqual(chainOf(plans, top));
      }
    }),
    runs,
  );
});

test("a build that is cancelled takes no step from another one, and leaves nothing running", async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.nat({ max: 8 }), async ({ plans, durations, tops }, after) => {
      const steps = stepsOf(plans);
      const controller = new AbortController();
      const reason = new Error("enough");
      const played = playedSolver(store, limits, {
        turns: (step) => durations[step] ?? 0,
        begin: () => {
          if (played.begun.length > after) controller.abort(reason);
        },
      });
      const { solver, options } = played;
      const other = (tops[0] ?? 0) % plans.length;
      const cancelled = plans.length - 1;
      const { signal } = new AbortController();
      const [first, second] = await Promise.allSettled([
        solver.solve(steps[cancelled] ?? fail(), options(controller.signal)),
        solver.solve(steps[other] ?? fail(), options(signal)),
      ]);
      expect(second.status).toBe("fulfilled");
      if (first.status === "rejected") expect(first.reason).toBe(reason);
      for (const step of closureOf(plans, other)) {
        expect(played.begun.filter((each) => each === step)).toEqual([step]);
        expect(played.ended).toContain(step);
      }
      // A command is told at once, and has its next turn to end.
      for (let turns = 0; played.running() > 0 && turns < 10; turns++) await new Promise(setImmediate);
      expect(played.running()).toBe(0);
      const begun = played.begun.length;
      for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
      expect(played.begun.length).toBe(begun);
    }),
    runs,
  );
});

test("a step that fails keeps those from being done that need it, and no others; it is done again when it is asked for again", async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.nat(), async ({ plans, durations, tops }, which) => {
      const steps = stepsOf(plans);
      const failing = which % plans.length;
      let broken = true;
      const played = playedSolver(store, limits, {
        turns: (step) => durations[step] ?? 0,
        begin: (step) => {
          if (step === failing && broken) throw new BuildFailure("build/step-failed", `step ${step} failed`);
        },
      });
      const { signal } = new AbortController();
      const wanted = tops.map((top) => top % plans.length);
      const solve = (top: number) => played.solver.solve(steps[top] ?? fail(), played.options(signal));
      const settled = await Promise.allSettled(wanted.map(solve));
      for (const [index, top] of wanted.entries()) {
        const each = settled[index];
        const needsIt = closureOf(plans, top).has(failing);
        expect(each?.status).toBe(needsIt ? "rejected" : "fulfilled");
        if (each?.status === "rejected") expect(each.reason).toMatchObject({ message: `step ${failing} failed` });
      }
      const needed = union(wanted.map((top) => closureOf(plans, top)));
      // Whoever does not need it is done, also where its build failed.
      const free = needed.filter((step) => !closureOf(plans, step).has(failing));
      expect(sorted(played.ended)).toEqual(free);
      broken = false;
      for (const top of wanted) await solve(top);
      expect(sorted(played.ended)).toEqual(needed);
    }),
    runs,
  );
});

test("steps may stand on each other by the thousand", { timeout: 120_000 }, async () => {
  const chain = Array.from(
    { length: 2000 },
    (_, index): Plan => (index === 0 ? { reads: [] } : { base: index - 1, reads: [] }),
  );
  const top = stepsOf(chain, "a long chain").at(-1) ?? fail();
  const played = playedSolver(store, limits, { turns: () => 0 });
  const { layers } = await played.solver.solve(top, played.options(new AbortController().signal));
  expect(layers).toHaveLength(2000);
  expect(played.begun).toEqual(chain.map((_, index) => index));
  const called = new AbortController();
  const again = playedSolver(store, limits, {
    turns: () => 0,
    begin: (step) => step === 100 && called.abort(new Error("enough")),
  });
  await expect(again.solver.solve(top, again.options(called.signal))).rejects.toThrow("enough");
  await again.solver.idle();
  expect(again.running()).toBe(0);
});

test("the results of a step are those of all below it, as far as they are done", async () => {
  const plans: readonly Plan[] = [{ reads: [] }, { base: 0, reads: [] }, { reads: [1] }];
  const [, , top] = stepsOf(plans);
  if (top === undefined) throw new Error("there are three steps");
  const { solver, options } = playedSolver(store, limits, { turns: () => 1 });
  expect(await solver.results(top)).toEqual([]);
  await solver.solve(top, options(new AbortController().signal));
  const results = await solver.results(top);
  expect(results.map(({ layers }) => layers.map(({ layer }) => layer.diffId))).toEqual([
    [diffIdOf(0)],
    [diffIdOf(0), diffIdOf(1)],
    [diffIdOf(2)],
  ]);
});

function fail(): never {
  throw new Error("there is no such step");
}
