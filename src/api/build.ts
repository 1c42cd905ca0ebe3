/** The third step: from the plan to outcomes. */
import type { Writable } from "node:stream";
import { followSignal } from "../base/follow-signal.ts";
import type { EventSink } from "../events/event.ts";
import { executePlan, type RunResult } from "../execute/run.ts";
import type { OnFailure } from "../execute/scheduler.ts";
import { systemClock } from "../execute/system-clock.ts";
import { createExporters } from "../exporters/create-exporters.ts";
import { withParts } from "../exporters/split/with-parts.ts";
import type { Plan } from "../plan/plan.ts";
import { openBuilder } from "./builder.ts";
import { type Surroundings, workingFolderOf } from "./surroundings.ts";

export interface BuildOptions extends Surroundings {
  /** A builder's name or an address. Default: that of the environment, else the Docker engine of the context in force. */
  readonly builder?: string;
  /** How many builds run at once. Default: 16. */
  readonly jobs?: number;
  /** Default: `stop`. */
  readonly onFailure?: OnFailure;
  /** How often a build is tried again after a transient failure. Default: 0. */
  readonly retries?: number;
  /** The time one build may take. Default: no limit. */
  readonly timeoutMs?: number;
  /** Called with everything that happens, as it happens. What it throws cancels the run and comes out of it. */
  readonly onEvent?: EventSink;
  /** Cancels the run; what was staged is removed, the outcomes say cancelled. */
  readonly signal?: AbortSignal;
  /**
   * Called once, before anything starts, when commands of builds would run in this very process and it may not run them. What it rejects with
   * comes out of `build`.
   */
  readonly beforeCommands?: () => Promise<void>;
  /**
   * Adds to the response of each build how it came about, as far as a daemon recorded it: `buildx.build.provenance`, or one such entry for each
   * platform. Default: left out.
   */
  readonly provenance?: "min" | "max";
  /** Where an output with `dest=-` goes. Default: standard output of the process. */
  readonly stdout?: Writable & { readonly isTTY?: boolean };
}

/** More builds at once gain nothing on one daemon, and some daemons lose builds when hundreds come at a time. */
const defaultJobs = 16;

/**
 * Builds every build of the plan. Failed builds are outcomes; throws a TsbakeError when no node can be reached. When it returns, nothing
 * runs any more and nothing is half written.
 */
export async function build(plan: Plan, options: BuildOptions = {}): Promise<RunResult> {
  const { signal, beforeCommands, provenance } = options;
  const builder = await openBuilder(options.builder, options, {
    ...(signal === undefined ? {} : { signal }),
    ...(beforeCommands === undefined ? {} : { beforeCommands }),
    ...(provenance === undefined ? {} : { provenance }),
  });
  const stdout = options.stdout ?? process.stdout;
  const environment = options.environment ?? process.env;
  const listener = new Listener(options.onEvent ?? (() => {}));
  const unfollow = options.signal ? followSignal(options.signal, listener.controller) : () => {};
  try {
    const { note } = builder;
    if (note !== undefined) listener.emit({ type: "message", at: Date.now(), level: "info", text: note });
    const result = await executePlan(plan, {
      builder: builder.name,
      nodes: builder.nodes,
      exporters: withParts(
        createExporters({
          workingFolder: workingFolderOf(options),
          stdout: { stream: stdout, isTerminal: stdout.isTTY === true },
          engineLoad: builder.engineLoad,
          defaultLoad: !environment.BUILDX_NO_DEFAULT_LOAD,
        }),
        builder.openRegistry,
      ),
      clock: systemClock,
      random: Math.random,
      signal: listener.controller.signal,
      emit: listener.emit,
      workingFolder: workingFolderOf(options),
      jobs: options.jobs ?? defaultJobs,
      onFailure: options.onFailure ?? "stop",
      retries: options.retries ?? 0,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    listener.rethrow();
    return result;
  } finally {
    unfollow();
    await Promise.all(builder.nodes.map((node) => node.close()));
  }
}

/** Keeps what the caller's listener throws out of the scheduler, which must not be torn apart half-way. */
class Listener {
  readonly controller: AbortController = new AbortController();
  readonly #onEvent: EventSink;
  #thrown: { readonly error: unknown } | undefined;

  constructor(onEvent: EventSink) {
    this.#onEvent = onEvent;
  }

  readonly emit: EventSink = (event) => {
    if (this.#thrown) return;
    try {
      this.#onEvent(event);
    } catch (error) {
      this.#thrown = { error };
      this.controller.abort(error);
    }
  };

  rethrow(): void {
    if (this.#thrown) throw this.#thrown.error;
  }
}
