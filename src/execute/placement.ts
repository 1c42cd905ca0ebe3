/** Which node does which build. */
import { messageOf, TsbakeError } from "../base/errors.ts";
import { followSignal } from "../base/follow-signal.ts";
import type { Build, BuildId, Plan, Target } from "../plan/plan.ts";
import type { Place } from "./place.ts";
import { fitOf, namedPlatforms } from "./platform-fit.ts";
import type { BuildNode, Clock, ExporterPort, NodeCapabilities, SolveRequest } from "./ports.ts";
import { type Assignment, assignPlatforms } from "./split/assign-platforms.ts";
import { type PartRequest, SplitNode } from "./split/split-node.ts";

export interface Reached {
  readonly places: readonly Place[];
  /** One sentence for each node that did not answer although others did. */
  readonly warnings: readonly string[];
}

/** How much longer than the first of them a node may take to answer. */
const graceMs = 5000;

/**
 * Asks every node what it can do. A daemon that is not there yet is waited for only while no other node has answered. Throws the first node's
 * TsbakeError when none of them can be reached.
 */
export async function reachNodes(nodes: readonly BuildNode[], signal: AbortSignal, clock?: Clock): Promise<Reached> {
  const patience = new AbortController();
  const over = new AbortController();
  const unfollow = followSignal(signal, patience);
  let waiting: Promise<void> | undefined;
  const ask = async (node: BuildNode): Promise<NodeCapabilities> => {
    const answer = await node.capabilities(patience.signal);
    waiting ??= clock?.sleep(graceMs, over.signal).then(
      () =>
        patience.abort(
          new TsbakeError("execute/no-answer", `it does not answer, ${graceMs / 1000} s after others did`),
        ),
      () => {},
    );
    return answer;
  };
  const answers = await Promise.allSettled(nodes.map(ask));
  over.abort(new Error("all have answered"));
  await waiting;
  unfollow();
  const places: Place[] = [];
  const failures: { readonly node: BuildNode; readonly error: unknown }[] = [];
  for (const [index, node] of nodes.entries()) {
    const answer = answers[index];
    if (answer?.status === "fulfilled") places.push({ node, capabilities: answer.value });
    else failures.push({ node, error: answer?.reason });
  }
  for (const { error } of failures) if (places.length === 0 || !(error instanceof TsbakeError)) throw error;
  return {
    places,
    warnings: failures.map(({ node, error }) => `node ${node.name} is left out: ${messageOf(error)}`),
  };
}

/**
 * A place for each build. Targets that are linked share a node, since a result can only be handed on within one; so do the exports of
 * one target, since the first of them does the work for the others. Such a family goes to the node that does its platforms best; among
 * equals to the one with the fewest builds so far, then to the first. Where no node does all of them best, and the results can be put
 * together, several nodes do it, each its platforms. A platform no node has is the node's to refuse or to emulate.
 */
export function placeBuilds(
  plan: Plan,
  places: readonly Place[],
  exporters: ExporterPort = noExporters,
): ReadonlyMap<BuildId, Place> {
  const load = new Map<Place, number>();
  const placed = new Map<BuildId, Place>();
  const targetOf = (build: Build): Target | undefined => plan.targets.get(build.target);
  const platformsOf = (build: Build): readonly string[] => namedPlatforms(targetOf(build)?.platforms ?? []);
  for (const builds of families(plan.builds)) {
    const parts = assignPlatforms({ builds, targetOf, platformsOf }, places, load);
    const platforms = new Set(builds.flatMap(platformsOf));
    const place = parts === undefined ? bestPlace(places, platforms, load) : splitPlace(parts, exporters);
    for (const each of parts?.map((part) => part.place) ?? [place])
      load.set(each, (load.get(each) ?? 0) + builds.length);
    for (const build of builds) placed.set(build.id, place);
  }
  return placed;
}

/** True when the place knows all the platforms of the target. */
export function canDo({ capabilities }: Place, { platforms }: Target): boolean {
  return namedPlatforms(platforms).every((platform) => fitOf(capabilities, platform) < 2);
}

/** The nodes behind a place. */
export function nodesOf({ node }: Place): readonly BuildNode[] {
  return node instanceof SplitNode ? node.nodes : [node];
}

/** What each node behind a place is asked for. */
export function partsOf({ node }: Place, request: SolveRequest): readonly PartRequest[] {
  return node instanceof SplitNode ? node.partsOf(request) : [{ node, request }];
}

const noExporters: ExporterPort = {
  prepare: async () => {
    throw new Error("nothing is exported");
  },
};

function splitPlace(parts: readonly Assignment[], exporters: ExporterPort): Place {
  const node = new SplitNode(parts, exporters);
  return { node, capabilities: node.combined };
}

function bestPlace(places: readonly Place[], platforms: ReadonlySet<string>, load: ReadonlyMap<Place, number>): Place {
  let best:
    | { readonly place: Place; readonly missing: number; readonly fit: number; readonly load: number }
    | undefined;
  for (const place of places) {
    const fits = [...platforms].map((platform) => fitOf(place.capabilities, platform));
    const candidate = {
      place,
      missing: fits.filter((fit) => fit === 2).length,
      fit: fits.reduce<number>((sum, fit) => sum + fit, 0),
      load: load.get(place) ?? 0,
    };
    const better = best && (candidate.missing - best.missing || candidate.fit - best.fit || candidate.load - best.load);
    if (better === undefined || better < 0) best = candidate;
  }
  if (best === undefined) throw new Error("there is no node to place a build on");
  return best.place;
}

/** The builds that must be on one node: the connected parts of links and repeated exports. */
function families(builds: readonly Build[]): readonly (readonly Build[])[] {
  const parents = new Map<BuildId, BuildId>();
  const root = (id: BuildId): BuildId => {
    let at = id;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) {
      const above = parents.get(up);
      if (above !== undefined) parents.set(at, above);
      at = up;
    }
    return at;
  };
  const join = (id: BuildId, other: BuildId): void => {
    const [from, to] = [root(id), root(other)];
    if (from !== to) parents.set(from, to);
  };
  for (const build of builds) {
    for (const id of build.links.values()) join(id, build.id);
    if (build.repeats !== undefined) join(build.repeats, build.id);
  }
  const byRoot = new Map<BuildId, Build[]>();
  for (const build of builds) {
    const family = byRoot.get(root(build.id));
    if (family === undefined) byRoot.set(root(build.id), [build]);
    else family.push(build);
  }
  return [...byRoot.values()];
}
