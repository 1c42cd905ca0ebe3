/**
 * Drives the graph of builds: starts each one when what it waits for has progressed, and settles the fate of the others when one fails
 * or the run is cancelled. It knows nothing of nodes or slots; how a build is done is handed in.
 *
 * ```
 * waiting ──(every build it links to, and the one it repeats, has solved)──► begun ──► solved ──(that succeeded)──► ended
 *    └──(one of those did not succeed: blocked; the run is cancelled: cancelled)────────┴─────────────────────────────►
 * ```
 */
import { setMaxListeners } from "node:events";
import { messageOf } from "../base/errors.ts";
import { followSignal } from "../base/follow-signal.ts";
import type { Outcome } from "../events/event.ts";
import type { BuildId } from "../plan/plan.ts";
import type { BuildGraph, GraphBuild } from "./build-graph.ts";
import { Blocked, Cancellation } from "./cancellation.ts";
import { Deferred } from "./deferred.ts";

/**
 * What happens when a build fails. `stop`: the others are cancelled; `finish`: those under way are finished, no other starts;
 * `continue`: only what depends on it is left out.
 */
export type OnFailure = "stop" | "finish" | "continue";

/** What a build is told, and tells, while it is being done. */
export interface Turn {
  /** Aborted with a Cancellation when the build has to stop. */
  readonly signal: AbortSignal;
  /** Aborted with a Cancellation when the build must not begin to work any more. */
  readonly starts: AbortSignal;
  /** Says that the builds linking to this one, and those repeating it, may start. */
  readonly announceSolved: () => void;
  /** Says that the jobs this build is fed from are no longer needed. */
  readonly releaseLinks: () => void;
  /** Resolves when no build needs this one's job any more; rejects with the Cancellation when the run ends before. */
  readonly linksServed: () => Promise<void>;
  /** Resolves when the build that this one repeats has succeeded; rejects with Blocked or a Cancellation when it has not. */
  readonly firstSucceeded: () => Promise<void>;
}

export interface SchedulerOptions {
  readonly onFailure: OnFailure;
  /** Does a build. Rejects for bugs only. Must end soon after its signal is aborted. */
  readonly perform: (build: GraphBuild, turn: Turn) => Promise<Outcome>;
  /** Called once for each build. */
  readonly onEnded: (build: GraphBuild, outcome: Outcome) => void;
}

interface State {
  readonly node: GraphBuild;
  phase: "waiting" | "begun" | "ended";
  /** What it still waits for. */
  waits: number;
  solved: boolean;
  /** Builds that are fed from it and may still need its job. */
  readonly users: Set<BuildId>;
  readonly served: Deferred<void>;
  readonly ended: Deferred<Outcome>;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #states: ReadonlyMap<BuildId, State>;
  readonly #outcomes = new Map<BuildId, Outcome>();
  readonly #starts = new AbortController();
  readonly #work = new AbortController();
  readonly #done = new Deferred<void>();
  #bug: { readonly error: unknown } | undefined;

  constructor(graph: BuildGraph, options: SchedulerOptions) {
    this.#options = options;
    this.#states = new Map(graph.builds.map((node) => [node.build.id, newState(node)]));
    // Every build listens to them; Node warns of more than ten listeners otherwise.
    setMaxListeners(0, this.#starts.signal, this.#work.signal);
  }

  /**
   * Runs until every build has its outcome, and returns them in the order of the plan. `settled` holds the builds whose outcome is known
   * before they start. An aborted signal cancels the run. A bug is thrown when everything that ran has ended.
   */
  async run(signal: AbortSignal, settled: ReadonlyMap<BuildId, Outcome>): Promise<ReadonlyMap<BuildId, Outcome>> {
    const interrupt = new AbortController();
    interrupt.signal.addEventListener("abort", () => this.#cancel("interrupted"), { once: true });
    const unlink = followSignal(signal, interrupt);
    for (const [id, outcome] of settled) this.#end(this.#state(id), outcome);
    this.#begin([...this.#states.values()].filter((state) => state.waits === 0));
    if (this.#states.size > 0) await this.#done.promise;
    unlink();
    if (this.#bug !== undefined) throw this.#bug.error;
    return new Map(
      [...this.#states.keys()].flatMap((id) => {
        const outcome = this.#outcomes.get(id);
        return outcome === undefined ? [] : [[id, outcome] as const];
      }),
    );
  }

  #begin(states: readonly State[]): void {
    for (const state of states) {
      if (state.phase !== "waiting") continue;
      state.phase = "begun";
      this.#options.perform(state.node, this.#turn(state)).then(
        (outcome) => this.#end(state, outcome),
        (bug: unknown) => this.#crash(state, bug),
      );
    }
  }

  #turn(state: State): Turn {
    return {
      signal: this.#work.signal,
      starts: this.#starts.signal,
      announceSolved: () => this.#solve(state),
      releaseLinks: () => this.#releaseLinks(state),
      linksServed: () => state.served.orAborted(this.#work.signal),
      firstSucceeded: () => this.#firstSucceeded(state),
    };
  }

  async #firstSucceeded({ node }: State): Promise<void> {
    const { repeats } = node.build;
    if (repeats === undefined) return;
    const outcome = await this.#state(repeats).ended.orAborted(this.#work.signal);
    if (outcome.status === "cancelled") throw new Cancellation(outcome.reason);
    if (outcome.status !== "succeeded") throw new Blocked(repeats);
  }

  #solve(state: State): void {
    if (state.solved) return;
    state.solved = true;
    this.#begin(this.#progress(state.node.feeds));
  }

  /** One thing less to wait for; returns those that may start. */
  #progress(ids: readonly BuildId[]): readonly State[] {
    const states = ids.map((id) => this.#state(id));
    for (const state of states) state.waits--;
    return states.filter((state) => state.waits === 0);
  }

  #releaseLinks(state: State): void {
    for (const id of state.node.fedBy) {
      const feeder = this.#state(id);
      if (feeder.users.delete(state.node.build.id) && feeder.users.size === 0) feeder.served.resolve();
    }
  }

  #end(state: State, told: Outcome): void {
    if (state.phase === "ended") return;
    state.phase = "ended";
    const outcome = this.#fate(state, told);
    this.#outcomes.set(state.node.build.id, outcome);
    this.#options.onEnded(state.node, outcome);
    state.ended.resolve(outcome);
    this.#releaseLinks(state);
    if (outcome.status === "succeeded") this.#solve(state);
    else this.#followFailure(state, outcome);
    if (this.#outcomes.size === this.#states.size) this.#done.resolve();
  }

  /** A repeated export that was cancelled because the build it repeats failed is blocked by that one. */
  #fate({ node }: State, outcome: Outcome): Outcome {
    const { repeats } = node.build;
    if (repeats === undefined || outcome.status !== "cancelled") return outcome;
    const first = this.#outcomes.get(repeats)?.status;
    return first === "failed" || first === "timed-out" ? { status: "blocked", by: repeats } : outcome;
  }

  #followFailure(state: State, outcome: Outcome): void {
    if (outcome.status === "failed" || outcome.status === "timed-out") {
      this.#block(state);
      if (this.#options.onFailure === "stop") this.#cancel("another-build-failed");
      else if (this.#options.onFailure === "finish") this.#cancelStarts("another-build-failed");
    } else if (outcome.status === "skipped") {
      this.#block(state);
    }
  }

  /** Everything that waits for the build, however indirectly, cannot start any more. */
  #block(failed: State): void {
    const open = [failed];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      for (const id of state.solved ? state.node.repeatedBy : state.node.feeds) {
        const follower = this.#state(id);
        if (follower.phase !== "waiting") continue;
        this.#end(follower, { status: "blocked", by: failed.node.build.id });
        open.push(follower);
      }
    }
  }

  #cancel(by: Cancellation["by"]): void {
    this.#cancelStarts(by);
    if (!this.#work.signal.aborted) this.#work.abort(new Cancellation(by));
  }

  #cancelStarts(by: Cancellation["by"]): void {
    if (this.#starts.signal.aborted) return;
    this.#starts.abort(new Cancellation(by));
    for (const state of this.#states.values()) {
      if (state.phase === "waiting") this.#end(state, { status: "cancelled", reason: by });
    }
  }

  #crash(state: State, bug: unknown): void {
    this.#bug ??= { error: bug };
    this.#end(state, {
      status: "failed",
      durationMs: 0,
      code: "execute/bug",
      message: `a bug in tsbake: ${messageOf(bug)}`,
      excerpts: [],
      environment: false,
    });
    this.#cancel("another-build-failed");
  }

  #state(id: BuildId): State {
    const state = this.#states.get(id);
    if (state === undefined) throw new Error(`the build ${id} is not part of the run`);
    return state;
  }
}

function newState(node: GraphBuild): State {
  const served = new Deferred<void>();
  if (node.feeds.length === 0) served.resolve();
  const ended = new Deferred<Outcome>();
  return { node, phase: "waiting", waits: node.waits, solved: false, users: new Set(node.feeds), served, ended };
}
