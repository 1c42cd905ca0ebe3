/** The state of a run as its events tell it: builds, their steps, their last lines. The renderers draw from it. */
import type {
  BuildDescription,
  BuildEvent,
  Outcome,
  StepEvent,
  StepStatusEvent,
  StepWarningEvent,
} from "../events/event.ts";
import { LogLines } from "./log-lines.ts";
import { oneLine } from "./one-line.ts";

export interface StepModel {
  readonly digest: string;
  readonly name: string;
  /** Shown order within its build, from 1. */
  readonly number: number;
  readonly cached: boolean;
  readonly started: number | undefined;
  readonly completed: number | undefined;
  readonly error: string | undefined;
  readonly statuses: ReadonlyMap<string, StepStatusEvent>;
  readonly log: LogLines;
}

export interface BuildModel {
  readonly description: BuildDescription;
  readonly node: string | undefined;
  readonly attempt: number;
  readonly started: number | undefined;
  /** As in the event, but `by` of a blocked build names a target and an exporter. */
  readonly outcome: Outcome | undefined;
  readonly steps: ReadonlyMap<string, StepModel>;
  /** Context transfers: name to bytes sent. */
  readonly transfers: ReadonlyMap<string, { readonly bytes: number; readonly done: boolean }>;
  readonly warnings: readonly StepWarningEvent[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type MutableStep = Writable<StepModel> & { readonly statuses: Map<string, StepStatusEvent> };
type MutableBuild = Omit<Writable<BuildModel>, "steps" | "transfers" | "warnings"> & {
  readonly steps: Map<string, MutableStep>;
  readonly transfers: Map<string, { readonly bytes: number; readonly done: boolean }>;
  readonly warnings: StepWarningEvent[];
};

/** Keeps at most this many lines of each step's output: enough for the end of a failed one. */
const keptLines = 100;

export class RunModel {
  readonly #builds = new Map<string, MutableBuild>();
  #started: number | undefined;
  #builder = "";

  get builds(): ReadonlyMap<string, BuildModel> {
    return this.#builds;
  }

  get started(): number | undefined {
    return this.#started;
  }

  get builder(): string {
    return this.#builder;
  }

  step(build: string, digest: string): StepModel | undefined {
    return this.#builds.get(build)?.steps.get(digest);
  }

  apply(event: BuildEvent): void {
    switch (event.type) {
      case "run-started":
        this.#started = event.at;
        this.#builder = event.builder;
        for (const description of withTellingExporters(event.builds)) {
          this.#builds.set(description.id, newBuild(description));
        }
        return;
      case "build-started":
        this.#startBuild(event);
        return;
      case "step":
        this.#applyStep(event);
        return;
      case "step-status":
        this.#mutableStep(event.build, event.step)?.statuses.set(event.id, event);
        return;
      case "step-log":
        this.#mutableStep(event.build, event.step)?.log.push(event.stream, event.data);
        return;
      case "step-warning":
        this.#builds.get(event.build)?.warnings.push(event);
        return;
      case "transfer":
        this.#builds.get(event.build)?.transfers.set(event.name, { bytes: event.bytes, done: event.done });
        return;
      case "build-ended": {
        const build = this.#builds.get(event.build);
        if (build) build.outcome = this.#withNames(event.outcome);
        return;
      }
      case "build-retried":
      case "message":
      case "run-ended":
        return;
    }
  }

  #startBuild(event: Extract<BuildEvent, { type: "build-started" }>): void {
    const build = this.#builds.get(event.build);
    if (!build) return;
    build.node = event.node;
    build.attempt = event.attempt;
    build.started = event.at;
    build.steps.clear();
    build.transfers.clear();
  }

  #applyStep(event: StepEvent): void {
    const build = this.#builds.get(event.build);
    if (!build) return;
    const known = build.steps.get(event.digest);
    if (known) Object.assign(known, stepState(event));
    else build.steps.set(event.digest, newStep(event, build.steps.size + 1));
  }

  /** People know targets, not the ids of builds. */
  #withNames(outcome: Outcome): Outcome {
    if (outcome.status !== "blocked") return outcome;
    const needed = this.#builds.get(outcome.by)?.description;
    return needed ? { ...outcome, by: `${needed.target} (${needed.exporter})` } : outcome;
  }

  #mutableStep(build: string, digest: string): MutableStep | undefined {
    return this.#builds.get(build)?.steps.get(digest);
  }
}

/**
 * Outputs of one type and one target are told apart by where they go. Everything is made fit for a line: the type of an output is
 * whatever the build file says.
 */
function withTellingExporters(builds: readonly BuildDescription[]): readonly BuildDescription[] {
  const keyOf = ({ target, exporter }: BuildDescription): string => JSON.stringify([target, exporter]);
  const seen = new Set<string>();
  const repeated = new Set(builds.map(keyOf).filter((key) => seen.size === seen.add(key).size));
  return builds.map((description) => {
    const { exporter, destination } = description;
    const tell = destination !== undefined && repeated.has(keyOf(description));
    const words = exporter === "none" ? "no output" : exporter;
    return { ...description, exporter: oneLine(tell ? `${words} → ${destination}` : words) };
  });
}

function newBuild(description: BuildDescription): MutableBuild {
  return {
    description,
    node: undefined,
    attempt: 0,
    started: undefined,
    outcome: undefined,
    steps: new Map(),
    transfers: new Map(),
    warnings: [],
  };
}

function newStep(event: StepEvent, number: number): MutableStep {
  return { digest: event.digest, number, statuses: new Map(), log: new LogLines(keptLines), ...stepState(event) };
}

function stepState(event: StepEvent): Pick<StepModel, "name" | "cached" | "started" | "completed" | "error"> {
  return {
    name: event.name,
    cached: event.cached,
    started: event.started,
    completed: event.completed,
    error: event.error,
  };
}
