import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticList } from "../../../src/base/diagnostic.ts";
import type { Span } from "../../../src/base/span.ts";
import { Demand, type Task } from "../../../src/buildfile/definition/evaluation/demand.ts";

const use: Span = { source: { name: "x", text: "" }, start: 0, end: 0 };

/** Which tasks each task needs, by index. */
type Graph = readonly (readonly number[])[];

const graph: fc.Arbitrary<Graph> = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size }),
  );

/** Requires all tasks in order; `log` has the finished ones in order. */
function requireAll(needs: Graph) {
  const report = new DiagnosticList();
  const log: { readonly index: number; readonly ran: boolean }[] = [];
  const tasks: Task[] = needs.map((_, index) => ({
    title: `t${index}`,
    dependencies: () =>
      (needs[index] ?? []).flatMap((needed) => {
        const task = tasks[needed];
        return task && !demand.isFinished(task) ? [{ task, use }] : [];
      }),
    run: () => log.push({ index, ran: true }),
    abandon: () => log.push({ index, ran: false }),
  }));
  const demand = new Demand(report);
  for (const task of tasks) demand.require(task);
  return { log, report };
}

/** Whether a task needs itself, by way of others or directly. */
function isCyclic(needs: Graph, start: number): boolean {
  const seen = new Set<number>();
  const open = [...(needs[start] ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === start) return true;
    if (!seen.has(next)) open.push(...(needs[next] ?? []));
    seen.add(next);
  }
  return false;
}

describe("evaluation on demand", () => {
  it("finishes every task once, after what it needs", () => {
    fc.assert(
      fc.property(graph, (needs) => {
        const { log } = requireAll(needs);
        expect(log.map(({ index }) => index).sort((a, b) => a - b)).toEqual(needs.map((_, index) => index));
        for (const [at, { index, ran }] of log.entries()) {
          const finished = new Set(log.slice(0, at).map((entry) => entry.index));
          if (ran) for (const needed of needs[index] ?? []) expect(finished.has(needed)).toBe(true);
        }
      }),
    );
  });

  it("abandons what is part of a cycle and nothing else, and reports if and only if there is one", () => {
    fc.assert(
      fc.property(graph, (needs) => {
        const { log, report } = requireAll(needs);
        for (const { index, ran } of log) if (!ran) expect(isCyclic(needs, index)).toBe(true);
        expect(report.hasErrors).toBe(needs.some((_, index) => isCyclic(needs, index)));
      }),
    );
  });

  it("is as deep as memory allows", () => {
    const depth = 50_000;
    const { log, report } = requireAll(Array.from({ length: depth }, (_, i) => (i + 1 < depth ? [i + 1] : [])));
    expect(log[0]?.index).toBe(depth - 1);
    expect(report.items).toEqual([]);
  });
});
