/** A build from its first attempt to its outcome. */
import { messageOf } from "../base/errors.ts";
import type { EventSink, Outcome } from "../events/event.ts";
import { type AttemptOptions, attemptBuild } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import type { GraphBuild } from "./build-graph.ts";
import type { Move } from "./failover.ts";
import { isRetryable, outcomeOfAbort, outcomeOfError } from "./outcome.ts";
import type { Place } from "./place.ts";
import type { SolveRequest } from "./ports.ts";
import { TimeLimit } from "./time-limit.ts";

/** Where a build is done, which may change while it waits, and when it fails. */
export interface Placing {
  /** At the moment. */
  readonly place: () => Place;
  /** At the beginning of the run. */
  readonly first: Place;
  /** Notes that the build failed on that place. Undefined when that is not the place's fault. */
  readonly leave: (place: Place, error: unknown) => Move | undefined;
  /** Says that it is done on another place than before, and why; undefined when that was said of its target. */
  readonly newsOf: (from: Place, to: Place) => string | undefined;
}

export interface PerformOptions extends Pick<AttemptOptions, "workplace" | "turn"> {
  readonly build: GraphBuild;
  readonly placing: Placing;
  /** How many more times a transient failure is tried. */
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly random: () => number;
  readonly emit: EventSink;
  /** Makes the request of an attempt (from 1). */
  readonly prepare: (attempt: number, place: Place) => Promise<SolveRequest>;
}

/** Never rejects but for a bug. However it ends, nothing of the build runs afterwards. */
export async function performBuild(options: PerformOptions): Promise<Outcome> {
  const { workplace, build, emit, placing } = options;
  const { clock } = workplace;
  const id = build.build.id;
  const timeLimit = new TimeLimit(clock, options.timeoutMs);
  let started: number | undefined;
  let at = placing.first;
  let moved = false;
  const elapsedMs = (): number => (started === undefined ? 0 : clock.now() - started);
  for (let number = 1; ; number++) {
    const controller = new AbortController();
    const place = placing.place();
    const news = place === at ? undefined : placing.newsOf(at, place);
    if (news !== undefined) emit({ type: "message", at: clock.now(), level: "warning", text: news, build: id });
    at = place;
    const onStarted = (): void => {
      started ??= clock.now();
      emit({ type: "build-started", at: clock.now(), build: id, node: place.node.name, attempt: number });
    };
    try {
      const result = await attemptBuild({
        ...options,
        node: place.node,
        rank: build.rank,
        number,
        controller,
        timeLimit,
        onStarted,
        prepare: () => options.prepare(number, place),
      });
      return { status: "succeeded", durationMs: elapsedMs(), ...result };
    } catch (error) {
      const aborted =
        outcomeOfAbort(controller.signal) ??
        outcomeOfAbort(started === undefined ? options.turn.starts : options.turn.signal);
      if (aborted !== undefined) return aborted;
      const outcome = outcomeOfError(error, elapsedMs());
      const move = moved ? undefined : placing.leave(place, error);
      if (move?.kind === "moved") {
        moved = true;
        continue;
      }
      const tries = moved ? number - 1 : number;
      if (tries > options.retries || !isRetryable(error))
        return move === undefined ? outcome : { ...outcome, message: `${outcome.message}; ${move.why}` };
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
