/** A solver whose commands are played: what runs, when, and how it ends is for the test to say. */

import { setImmediate as turn } from "node:timers/promises";
import { Redaction } from "../../../src/base/redaction.ts";
import { identify, type RunStep, type Step, type StepMount } from "../../../src/engine/graph/step.ts";
import type { LayerStore } from "../../../src/engine/layer/layer.ts";
import type { Sandbox } from "../../../src/engine/run/request.ts";
import { ContextTrees } from "../../../src/engine/solve/context-trees.ts";
import { GrantedCommands } from "../../../src/engine/solve/granted-commands.ts";
import type { StepObserver } from "../../../src/engine/solve/observer.ts";
import type { EngineServices } from "../../../src/engine/solve/services.ts";
import { type SolveOptions, Solver, type SolverLimits } from "../../../src/engine/solve/solver.ts";
import { Troubles } from "../../../src/engine/solve/troubles.ts";
import { openSources } from "../../../src/engine/source/open-sources.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { openRegistry } from "../../../src/registry/open-registry.ts";

/** What a step stands on and reads, by places in the list; all are before it. */
export interface Plan {
  readonly base?: number;
  readonly reads: readonly number[];
}

/** Steps that run `step <number>`. `name` tells them from those of other plans. */
export function stepsOf(plans: readonly Plan[], name: unknown = plans): readonly Step[] {
  const steps: Step[] = [];
  for (const [index, { base, reads }] of plans.entries()) {
    const below = base === undefined ? undefined : steps[base];
    const mounts = reads.map((read, at): StepMount => {
      const from = steps[read];
      if (from === undefined) throw new Error(`step ${index} reads one that is not before it`);
      return { type: "bind", target: `/in/${at}`, from, source: "", readWrite: false };
    });
    const step: RunStep = {
      kind: "run",
      id: identify({ index, name }),
      name: `step ${index}`,
      ...(below === undefined ? {} : { base: below }),
      ignoreCache: false,
      arguments: ["step", String(index)],
      command: `step ${index}`,
      environment: [],
      proxies: [],
      workingFolder: "/",
      user: "",
      platform: { os: "linux", architecture: "amd64" },
      network: "none",
      security: "sandbox",
      mounts,
      extraHosts: [],
      ulimits: [],
    };
    steps.push(step);
  }
  return steps;
}

/** The places of a step and of all below it. */
export function closureOf(plans: readonly Plan[], top: number): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (at: number): void => {
    if (found.has(at)) return;
    found.add(at);
    const { base, reads = [] } = plans[at] ?? { reads: [] };
    for (const next of base === undefined ? reads : [base, ...reads]) visit(next);
  };
  visit(top);
  return found;
}

export interface Play {
  /** How many turns of the event loop a command takes. */
  readonly turns: (step: number) => number;
  /** Called as a command begins. What it throws is what the command fails with. */
  readonly begin?: (step: number) => void;
}

export interface PlayedSolver {
  readonly solver: Solver;
  readonly options: (signal: AbortSignal) => SolveOptions;
  /** The commands in the order in which they began. */
  readonly begun: number[];
  /** Those that came to an end of their own. */
  readonly ended: number[];
  readonly running: () => number;
  readonly mostRunning: () => number;
}

const silent: StepObserver = {
  started: () => {},
  output: () => {},
  progress: () => {},
  warning: () => {},
  completed: () => {},
  failed: () => {},
};

/** The layer of a command is known by its number. */
export function diffIdOf(step: number): `${string}:${string}` {
  return sha256Digest(`layer ${step}`);
}

export function playedSolver(store: EngineStore, limits: SolverLimits, { turns, begin }: Play): PlayedSolver {
  const begun: number[] = [];
  const ended: number[] = [];
  let running = 0;
  let most = 0;
  const sandbox: Sandbox = {
    obstacle: async () => undefined,
    platforms: async () => [],
    run: async ({ arguments: [, name = ""] }, { signal }) => {
      const step = Number(name);
      begun.push(step);
      running++;
      most = Math.max(most, running);
      try {
        begin?.(step);
        for (let left = turns(step); left > 0; left--) {
          await turn();
          signal.throwIfAborted();
        }
        ended.push(step);
        return { diffId: diffIdOf(step) };
      } finally {
        running--;
      }
    },
    close: async () => {},
  };
  const environment = { variables: {}, homeFolder: "/nonexistent", platform: process.platform };
  const registry = openRegistry({ environment });
  const services: EngineServices = {
    host: environment,
    store,
    layers: emptyLayers,
    sources: openSources(store, { environment, registry }),
    registry,
    contexts: new ContextTrees(),
    granted: new GrantedCommands(),
    troubles: new Troubles(),
    redaction: new Redaction(),
    sandbox: async () => sandbox,
    now: () => 0,
  };
  const grants = { secret: () => undefined, agent: () => undefined, repository: () => undefined };
  const tools = { grants, secret: async () => undefined, agent: async () => undefined, imported: () => undefined };
  return {
    solver: new Solver(services, limits),
    options: (signal) => ({ observer: silent, signal, tools }),
    begun,
    ended,
    running: () => running,
    mostRunning: () => most,
  };
}

function unused(): never {
  throw new Error("nothing of that is asked for");
}

/** Layers that hold nothing, and are never kept: each solver begins anew. */
const emptyLayers: LayerStore = {
  pack: unused,
  entries: async () => [],
  archive: unused,
  blob: unused,
  clamped: unused,
  has: async () => false,
};
