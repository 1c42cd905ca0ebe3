/** A run under the test's control: fake nodes, fake exports, a fake clock, all events kept. */
import type { BuildEvent, Outcome } from "../../src/events/event.ts";
import { type ExecuteOptions, executePlan, type RunResult } from "../../src/execute/run.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeExports } from "./fake-exports.ts";
import { FakeNode, type Operation, type OperationKind } from "./fake-node.ts";

/** Until everything that can go on without the test has gone on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly exports: FakeExports;
  readonly nodes: readonly FakeNode[];
  readonly operations: Operation[];
  readonly events: BuildEvent[] = [];
  readonly interrupt: AbortController = new AbortController();
  readonly done: Promise<RunResult>;
  result: RunResult | undefined;
  crash: unknown;

  constructor(
    plan: Plan,
    options: Partial<ExecuteOptions> & { readonly nodes?: readonly FakeNode[]; readonly exporters?: FakeExports } = {},
  ) {
    this.nodes = options.nodes ?? [new FakeNode("one")];
    this.operations = this.nodes[0]?.operations ?? [];
    this.exports = options.exporters ?? new FakeExports();
    this.done = executePlan(plan, {
      builder: "test",
      clock: this.clock,
      signal: this.interrupt.signal,
      emit: (event) => this.events.push(event),
      workingFolder: "/work",
      random: () => 0,
      ...options,
      nodes: this.nodes,
      exporters: this.exports,
    });
    this.done.then(
      (result) => {
        this.result = result;
      },
      (error: unknown) => {
        this.crash = error;
      },
    );
  }

  get node(): FakeNode {
    const [first] = this.nodes;
    if (first === undefined) throw new Error("the rig has no node");
    return first;
  }

  get isOver(): boolean {
    return this.result !== undefined || this.crash !== undefined;
  }

  async succeed(kind: OperationKind, ...builds: readonly string[]): Promise<void> {
    for (const build of builds) {
      await settle();
      this.node.find(kind, build).succeed();
    }
    await settle();
  }

  async fail(kind: OperationKind, build: string, error: unknown): Promise<void> {
    await settle();
    this.node.find(kind, build).fail(error);
    await settle();
  }

  /** Settles cleanups and everything else with success until the run is over. */
  async finish(): Promise<RunResult> {
    for (let steps = 0; !this.isOver && steps < 10_000; steps++) {
      await settle();
      const [operation] = this.operations;
      if (operation !== undefined) operation.succeed();
      else this.clock.advanceToNext();
    }
    return await this.done;
  }

  /** `solve a#0, finish b#0`: what is under way. */
  get underWay(): string {
    return this.operations.map(({ kind, build }) => `${kind} ${build}`).join(", ");
  }

  outcome(build: string): Outcome {
    const found = this.result?.outcomes.get(build);
    if (found === undefined) throw new Error(`${build} has no outcome`);
    return found;
  }

  /** `a#0 failed, b#0 blocked by a#0`, in the order of the plan. */
  get summary(): string {
    return [...(this.result?.outcomes ?? [])].map(([id, outcome]) => `${id} ${inWords(outcome)}`).join(", ");
  }
}

function inWords(outcome: Outcome): string {
  switch (outcome.status) {
    case "blocked":
      return `blocked by ${outcome.by}`;
    case "cancelled":
    case "skipped":
      return `${outcome.status}: ${outcome.reason}`;
    default:
      return outcome.status;
  }
}
