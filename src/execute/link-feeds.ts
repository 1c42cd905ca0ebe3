/** Jobs opened only to feed one build that links to their targets, when the jobs of the plan's own builds cannot be used. */
import { followSignal } from "../base/follow-signal.ts";
import type { EventSink } from "../events/event.ts";
import type { Build, BuildId } from "../plan/plan.ts";
import type { BuildNode, SolveJob, SolveRequest } from "./ports.ts";

export interface LinkFeeds {
  /** By context name; all have solved. */
  readonly jobs: ReadonlyMap<string, SolveJob>;
  /** Ends the jobs after the build they feed has finished. Never throws: nothing depends on them any more. */
  readonly finish: () => Promise<void>;
  /** Cancels them and waits for their end. Never throws. */
  readonly abandon: () => Promise<void>;
}

export interface LinkFeedOptions {
  readonly build: Build;
  readonly node: BuildNode;
  readonly signal: AbortSignal;
  /** The sink of the build that is fed: what its feeds report appears under its name. */
  readonly emit: EventSink;
  readonly requestToFeed: (id: BuildId) => SolveRequest;
}

/** Solves the linked targets one after the other, and before each of them those it links to. Rejects as `SolveJob.solved` does. */
export async function openLinkFeeds(options: LinkFeedOptions): Promise<LinkFeeds> {
  const { build, node, signal, emit, requestToFeed } = options;
  const controller = new AbortController();
  const unlink = followSignal(signal, controller);
  const opened = new Map<BuildId, SolveJob>();
  const end = async (): Promise<void> => {
    unlink();
    for (const job of [...opened.values()].reverse()) await job.finish().catch(() => {});
  };
  const abandon = async (): Promise<void> => {
    controller.abort(signal.aborted ? signal.reason : new Error("the build it feeds has ended"));
    await end();
  };
  try {
    for (const id of linksInOrder(build, requestToFeed)) {
      const request = requestToFeed(id);
      signal.throwIfAborted();
      const job = node.start(request, {
        signal: controller.signal,
        emit: (event) => emit("build" in event ? { ...event, build: build.id } : event),
        links: jobsOf(request.build, opened),
      });
      await job.solved;
      opened.set(id, job);
    }
  } catch (error) {
    await abandon();
    throw error;
  }
  return { jobs: jobsOf(build, opened), finish: end, abandon };
}

/** Every build the given one is fed from, however indirectly, each after those it is fed from itself. */
function linksInOrder(build: Build, requestToFeed: LinkFeedOptions["requestToFeed"]): readonly BuildId[] {
  const order = new Set<BuildId>();
  const open: { readonly id: BuildId; readonly entered: boolean }[] = [];
  const enter = (links: Iterable<BuildId>): void => {
    for (const id of links) open.push({ id, entered: false });
  };
  enter(build.links.values());
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (order.has(next.id)) continue;
    if (next.entered) {
      order.add(next.id);
      continue;
    }
    open.push({ id: next.id, entered: true });
    enter(requestToFeed(next.id).build.links.values());
  }
  return [...order];
}

function jobsOf(build: Build, opened: ReadonlyMap<BuildId, SolveJob>): ReadonlyMap<string, SolveJob> {
  return new Map(
    [...build.links].map(([name, id]) => {
      const job = opened.get(id);
      if (job === undefined) throw new Error(`${build.id} is to be fed from ${id}, which has not solved`);
      return [name, job];
    }),
  );
}
