/** A build from its first attempt to its outcome. */
import { messageOf } from "../base/errors.ts";
import type { EventSink, Outcome } from "../events/event.ts";
import { type AttemptOptions, attemptBuild } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import type { GraphBuild } from "./build-graph.ts";
import { isRetryable, outcomeOfAbort, outcomeOfError } from "./outcome.ts";
import type { SolveRequest } from "./ports.ts";
import { TimeLimit } from "./time-limit.ts";

export interface PerformOptions extends Pick<AttemptOptions, "workplace" | "turn" | "node"> {
  readonly build: GraphBuild;
  /** How many more times a transient failure is tried. */
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly random: () => number;
  readonly emit: EventSink;
  /** Makes the request of an attempt (from 1). */
  readonly prepare: (attempt: number) => Promise<SolveRequest>;
}

/** Never rejects but for a bug. However it ends, nothing of the build runs afterwards. */
export async function performBuild(options: PerformOptions): Promise<Outcome> {
  const { workplace, build, emit } = options;
  const { clock } = workplace;
  const id = build.build.id;
  const timeLimit = new TimeLimit(clock, options.timeoutMs);
  let started: number | undefined;
  const elapsedMs = (): number => (started === undefined ? 0 : clock.now() - started);
  for (let number = 1; ; number++) {
    const controller = new AbortController();
    const onStarted = (): void => {
      started ??= clock.now();
      emit({ type: "build-started", at: clock.now(), build: id, node: options.node.name, attempt: number });
    };
    try {
      const result = await attemptBuild({
        ...options,
        rank: build.rank,
        number,
        controller,
        timeLimit,
        onStarted,
        prepare: () => options.prepare(number),
      });
      return { status: "succeeded", durationMs: elapsedMs(), ...result };
    } catch (error) {
      const aborted =
        outcomeOfAbort(controller.signal) ??
        outcomeOfAbort(started === undefined ? options.turn.starts : options.turn.signal);
      if (aborted !== undefined) return aborted;
      const outcome = outcomeOfError(error, elapsedMs());
      if (number > options.retries || !isRetryable(error)) return outcome;
      const cancelled = await pause(options, number, messageOf(error));
      if (cancelled !== undefined) return cancelled;
    }
  }
}

/** Waits before the next attempt; the outcome when the run is cancelled meanwhile. */
async function pause(options: PerformOptions, number: number, reason: string): Promise<Outcome | undefined> {
  const { workplace, emit, build, turn } = options;
  const delayMs = backoffMs(number, options.random());
  emit({
    type: "build-retried",
    at: workplace.clock.now(),
    build: build.build.id,
    attempt: number + 1,
    reason,
    delayMs,
  });
  try {
    await workplace.clock.sleep(delayMs, turn.signal);
    return undefined;
  } catch (error) {
    const aborted = outcomeOfAbort(turn.signal);
    if (aborted === undefined) throw error;
    return aborted;
  }
}
