/** Executes a plan: places its builds on nodes, prepares their exports, runs them within the limits and reports how each ended. */
import type { EventSink, FailedOutcome, Outcome } from "../events/event.ts";
import type { BuildId, Plan } from "../plan/plan.ts";
import type { Workplace } from "./attempt.ts";
import { createBuildGraph } from "./build-graph.ts";
import { Failover } from "./failover.ts";
import { outcomeOfError } from "./outcome.ts";
import { performBuild } from "./perform-build.ts";
import type { Place } from "./place.ts";
import { partsOf, reachNodes } from "./placement.ts";
import type { BuildNode, Clock, ExporterPort, SolveRequest } from "./ports.ts";
import {
  describeBuilds,
  discardExports,
  noExport,
  type Preparation,
  prepareExports,
  warningsOf,
} from "./preparation.ts";
import { type OnFailure, Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { Slots } from "./slots.ts";

export interface ExecuteOptions {
  /** The builder's name, for people. */
  readonly builder: string;
  /** Opened, at least one; closed by whoever opened them. */
  readonly nodes: readonly BuildNode[];
  readonly exporters: ExporterPort;
  readonly clock: Clock;
  /** Cancels the run. */
  readonly signal: AbortSignal;
  readonly emit: EventSink;
  /** Absolute; relative paths of targets start from it. */
  readonly workingFolder: string;
  /** How many builds work at once, over all nodes. Default: no limit. */
  readonly jobs?: number;
  /** How many builds work at once on one node. Default: no limit. */
  readonly perNode?: number;
  /** Default: stop. */
  readonly onFailure?: OnFailure;
  /** How often a build is tried again after a transient failure. Default: 0. */
  readonly retries?: number;
  /** The time a build may work. Default: no limit. */
  readonly timeoutMs?: number;
  /** In [0, 1); spreads the delays of retries. */
  readonly random?: () => number;
}

export interface RunResult {
  /** One for every build of the plan, in its order. */
  readonly outcomes: ReadonlyMap<BuildId, Outcome>;
  readonly onFailure: OnFailure;
}

/**
 * Resolves when every build has its outcome, nothing runs and nothing is staged any more; failures and cancellation are outcomes.
 * Throws a TsbakeError, before any event, when no node can be reached; throws plain errors, which are bugs, after everything was
 * cancelled and cleaned up.
 */
export async function executePlan(plan: Plan, options: ExecuteOptions): Promise<RunResult> {
  const { clock, emit, signal, exporters, workingFolder, onFailure = "stop" } = options;
  const graph = createBuildGraph(plan.builds);
  const { failover, warnings } = await reach(plan, options);
  const places = new Map(failover.places);
  const prepared = await prepareExports({ plan, places, exporters, workingFolder, signal });
  const byNode = requestsByNode(places, prepared);
  let impossible: ReadonlyMap<BuildId, FailedOutcome>;
  try {
    impossible = await examine(byNode, signal);
  } catch (error) {
    await discardExports(prepared);
    throw error;
  }
  try {
    emit({ type: "run-started", at: clock.now(), builder: options.builder, builds: describeBuilds(plan, prepared) });
    for (const text of [...warnings, ...warningsOf(plan, prepared)]) {
      emit({ type: "message", at: clock.now(), level: "warning", text });
    }
    // Each node learns what its builds have in common before the first of them starts.
    for (const [node, requests] of byNode) node.share(requests);
    const failures = new Map([...prepared.failures, ...impossible]);
    const scheduler = new Scheduler(graph, {
      onFailure,
      perform: performer({ plan, places, failover, prepared, options }),
      onEnded: ({ build }, outcome) => emit({ type: "build-ended", at: clock.now(), build: build.id, outcome }),
    });
    return { outcomes: await scheduler.run(signal, failures), onFailure };
  } finally {
    await discardExports(prepared);
    emit({ type: "run-ended", at: clock.now() });
  }
}

/** A run that is cancelled meanwhile has no places, and needs none. */
async function reach(
  plan: Plan,
  { nodes, signal, exporters, clock }: ExecuteOptions,
): Promise<{ readonly failover: Failover; readonly warnings: readonly string[] }> {
  try {
    const { places, warnings } = await reachNodes(nodes, signal, clock);
    return { failover: new Failover({ plan, reached: places, exporters }), warnings };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { failover: new Failover({ plan, reached: [], exporters }), warnings: [] };
  }
}

type NodeRequests = ReadonlyMap<BuildNode, readonly SolveRequest[]>;

function requestsByNode(places: ReadonlyMap<BuildId, Place>, prepared: Preparation): NodeRequests {
  const byNode = new Map<BuildNode, SolveRequest[]>();
  for (const [id, place] of places) {
    const whole = prepared.requests.get(id);
    if (whole === undefined) continue;
    for (const { node, request } of partsOf(place, whole)) {
      const requests = byNode.get(node);
      if (requests === undefined) byNode.set(node, [request]);
      else requests.push(request);
    }
  }
  return byNode;
}

/** What nodes know beforehand to be impossible, before anything is done. None once the run is cancelled. */
async function examine(byNode: NodeRequests, signal: AbortSignal): Promise<ReadonlyMap<BuildId, FailedOutcome>> {
  if (signal.aborted) return new Map();
  try {
    const found = await Promise.all(
      [...byNode].map(async ([node, requests]) => [...((await node.examine?.(requests, signal)) ?? [])]),
    );
    return new Map(found.flat().map(([id, error]) => [id, outcomeOfError(error, 0)]));
  } catch (error) {
    if (!signal.aborted) throw error;
    return new Map();
  }
}

interface PerformerOptions {
  readonly plan: Plan;
  /** For which the exports were prepared. */
  readonly places: ReadonlyMap<BuildId, Place>;
  readonly failover: Failover;
  readonly prepared: Preparation;
  readonly options: ExecuteOptions;
}

function performer({ plan, places, failover, prepared, options }: PerformerOptions): SchedulerOptions["perform"] {
  const { clock, exporters, jobs = Number.POSITIVE_INFINITY, perNode = Number.POSITIVE_INFINITY } = options;
  const workplace: Workplace = {
    clock,
    slots: new Slots({ jobs, perNode }),
    jobs: new Map(),
    done: new Map(),
    requestToFeed: (id) => ({ ...known(prepared.requests, id), linkedTo: true, export: noExport }),
  };
  return async (build, turn) => {
    const { id } = build.build;
    const first = known(places, id);
    const request = known(prepared.requests, id);
    const target = known(plan.targets, build.build.target);
    let ended = false;
    try {
      return await performBuild({
        workplace,
        turn,
        build,
        placing: {
          place: () => known(failover.places, id),
          leave: (place, error) => failover.leave(id, place, error),
          first,
          newsOf: (from, to) => failover.newsOf(build.build.target, from, to),
        },
        retries: options.retries ?? 0,
        timeoutMs: options.timeoutMs,
        random: options.random ?? Math.random,
        // What a node still says of a build that has ended is of no interest to anyone.
        emit: (event) => {
          if (!ended) options.emit(event);
        },
        prepare: async (attempt, place) =>
          attempt === 1 && place === first
            ? request
            : { ...request, export: await exporters.prepare(build.build, target, place.capabilities) },
      });
    } finally {
      ended = true;
    }
  };
}

function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${String(key)} is not part of the run`);
  return value;
}
