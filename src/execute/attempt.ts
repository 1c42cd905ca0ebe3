/** One try at one build: solve, keep the job for those that link to it, export, publish. */
import { followSignal } from "../base/follow-signal.ts";
import type { EventSink, SucceededOutcome } from "../events/event.ts";
import type { BuildId } from "../plan/plan.ts";
import { blame } from "./culprit.ts";
import { type LinkFeeds, openLinkFeeds } from "./link-feeds.ts";
import type { BuildNode, Clock, PreparedExport, SolveJob, SolveRequest, SolveResult } from "./ports.ts";
import type { Turn } from "./scheduler.ts";
import type { ReleaseSlot, Slots } from "./slots.ts";
import type { TimeLimit } from "./time-limit.ts";

/** What all attempts of a run share. */
export interface Workplace {
  readonly clock: Clock;
  readonly slots: Slots;
  /** The jobs that have solved and others are fed from, and where. */
  readonly jobs: Map<BuildId, { readonly job: SolveJob; readonly node: BuildNode }>;
  /** Where the builds were done that have succeeded. */
  readonly done: Map<BuildId, BuildNode>;
  /** The request of any build of the plan, exporting nothing. */
  readonly requestToFeed: (id: BuildId) => SolveRequest;
}

export interface AttemptOptions {
  readonly workplace: Workplace;
  readonly turn: Turn;
  readonly node: BuildNode;
  readonly rank: number;
  /** From 1. */
  readonly number: number;
  /** Of this attempt alone: aborted when the turn ends or the time limit is reached. */
  readonly controller: AbortController;
  readonly timeLimit: TimeLimit;
  readonly emit: EventSink;
  /** Called when the attempt has its slot. */
  readonly onStarted: () => void;
  readonly prepare: () => Promise<SolveRequest>;
}

export type AttemptResult = Omit<SucceededOutcome, "status" | "durationMs">;

/** Held linked jobs are finished before anything new is started: it frees their sessions and lets repeated exports begin. */
const finishRank = Number.POSITIVE_INFINITY;

/**
 * Resolves when the result is published. Rejects with what went wrong, or with anything once the controller is aborted; then nothing
 * of the attempt runs and nothing is staged any more.
 */
export async function attemptBuild(options: AttemptOptions): Promise<AttemptResult> {
  const { workplace, turn, node, number, controller } = options;
  const starts = number === 1 ? turn.starts : turn.signal;
  const slot: Slot = { release: await workplace.slots.acquire(node.name, options.rank, starts) };
  const unlink = followSignal(turn.signal, controller);
  let prepared: PreparedExport | undefined;
  let onNode = false;
  try {
    options.onStarted();
    const request = await options.prepare();
    prepared = request.export;
    onNode = true;
    const result = await solveAndFinish(options, request, slot);
    onNode = false;
    const onWait = (text: string): void =>
      options.emit({ type: "message", at: workplace.clock.now(), level: "warning", text, build: request.build.id });
    const published = await prepared.publish(result, { signal: controller.signal, onWait });
    workplace.done.set(request.build.id, node);
    const withheld = new Set(prepared.withheld);
    const response = new Map([...result.response].filter(([key]) => !withheld.has(key)));
    return { cached: result.cached, response, published };
  } catch (error) {
    const trouble = controller.signal.aborted ? undefined : prepared?.trouble?.();
    if (onNode && trouble === undefined) blame(error, node);
    await prepared?.discard();
    throw trouble ?? error;
  } finally {
    unlink();
    // Only the first attempt is fed from the other builds' own jobs.
    turn.releaseLinks();
    slot.release();
  }
}

/** The slot an attempt holds at the moment. */
interface Slot {
  release: ReleaseSlot;
}

async function solveAndFinish(options: AttemptOptions, request: SolveRequest, slot: Slot): Promise<SolveResult> {
  const { workplace, timeLimit, controller, node, emit, turn, number } = options;
  const { signal } = controller;
  const feeds = await timeLimit.during(controller, () => openFeeds(options, request));
  try {
    const job = await timeLimit.during(controller, async () => {
      signal.throwIfAborted();
      const { repeats: id = "" } = request.build;
      const first = number === 1 ? workplace.jobs.get(id) : undefined;
      const repeats = {
        ...(first?.node === node ? { repeats: first.job } : {}),
        repeatsDone: workplace.done.get(id) === node,
      };
      const started = node.start(request, { signal, emit, links: feeds.jobs, ...repeats });
      await started.solved;
      return started;
    });
    turn.releaseLinks();
    if (request.linkedTo || request.build.repeats !== undefined) await waitForOthers(options, request, job, slot);
    const result = await timeLimit.during(controller, () => job.finish());
    await feeds.finish();
    return result;
  } catch (error) {
    await feeds.abandon();
    throw error;
  }
}

/**
 * The jobs a build is fed from. A retry does not trust those of the first attempt (they may be finished, or lost with the connection
 * that made the attempt fail): it opens its own, which find everything in the cache. So does a build on another node than they are on.
 */
async function openFeeds(options: AttemptOptions, { build }: SolveRequest): Promise<LinkFeeds> {
  const { workplace, node, controller, emit, number } = options;
  const feeders = [...build.links].map(([name, id]) => [name, id, workplace.jobs.get(id)] as const);
  if (number > 1 || feeders.some(([, , feeder]) => feeder !== undefined && feeder.node !== node)) {
    return await openLinkFeeds({
      build,
      node,
      signal: controller.signal,
      emit,
      requestToFeed: workplace.requestToFeed,
    });
  }
  const jobs = new Map<string, SolveJob>();
  for (const [name, id, feeder] of feeders) {
    if (feeder === undefined) throw new Error(`${build.id} was started while ${id} had no solved job`);
    jobs.set(name, feeder.job);
  }
  return { jobs, finish: async () => {}, abandon: async () => {} };
}

/**
 * Keeps the job alive, without a slot, until no build needs it and the one it repeats has succeeded; then waits for a slot to finish it in.
 * A repeated export solves while the first build's job lives, because it shares that one's steps then: afterwards some daemons would not
 * find them in the cache (ADR 003).
 */
async function waitForOthers(options: AttemptOptions, request: SolveRequest, job: SolveJob, slot: Slot): Promise<void> {
  const { workplace, turn, node, controller } = options;
  slot.release();
  try {
    workplace.jobs.set(request.build.id, { job, node });
    turn.announceSolved();
    await turn.linksServed();
    workplace.jobs.delete(request.build.id);
    await turn.firstSucceeded();
    slot.release = await workplace.slots.acquire(node.name, finishRank, controller.signal);
  } catch (error) {
    // Cancelled or blocked: the job is finished only to wait for its end.
    if (!controller.signal.aborted) controller.abort(error);
    await job.finish().catch(() => {});
    throw error;
  }
}
