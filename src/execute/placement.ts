/** Which node does which build. */
import { messageOf, TsbakeError } from "../base/errors.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import type { Build, BuildId, Plan } from "../plan/plan.ts";
import type { BuildNode, NodeCapabilities } from "./ports.ts";

export interface Place {
  readonly node: BuildNode;
  readonly capabilities: NodeCapabilities;
}

export interface Reached {
  readonly places: readonly Place[];
  /** One sentence for each node that did not answer although others did. */
  readonly warnings: readonly string[];
}

/** Asks every node what it can do. Throws the first node's TsbakeError when none of them can be reached. */
export async function reachNodes(nodes: readonly BuildNode[], signal: AbortSignal): Promise<Reached> {
  const answers = await Promise.allSettled(nodes.map((node) => node.capabilities(signal)));
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
 * one target, since the first of them fills the cache for the others. Such a family goes to the node that has the most of its
 * platforms; among equals to the one with the fewest builds so far, then to the first. A platform no node has is the node's to refuse
 * or to emulate.
 */
export function placeBuilds(plan: Plan, places: readonly Place[]): ReadonlyMap<BuildId, Place> {
  const load = new Map<Place, number>();
  const placed = new Map<BuildId, Place>();
  for (const family of families(plan.builds)) {
    const platforms = new Set(family.flatMap((build) => platformsOf(plan.targets.get(build.target)?.platforms ?? [])));
    const place = bestPlace(places, platforms, load);
    load.set(place, (load.get(place) ?? 0) + family.length);
    for (const build of family) placed.set(build.id, place);
  }
  return placed;
}

/** Normalised, as nodes name theirs; what any node has (`local`) or what is no platform does not speak for one of them. */
function platformsOf(texts: readonly string[]): readonly string[] {
  const host = { os: "linux", architecture: "amd64" };
  return texts
    .flatMap((text) => text.split(","))
    .filter((text) => text !== "local")
    .flatMap((text) => {
      const platform = parsePlatform(text.trim(), host);
      return platform.ok ? [formatPlatform(platform.value)] : [];
    });
}

function bestPlace(places: readonly Place[], platforms: ReadonlySet<string>, load: ReadonlyMap<Place, number>): Place {
  let best: { readonly place: Place; readonly missing: number; readonly load: number } | undefined;
  for (const place of places) {
    const known = new Set(place.capabilities.platforms);
    const missing = [...platforms].filter((platform) => !known.has(platform)).length;
    const candidate = { place, missing, load: load.get(place) ?? 0 };
    const better = best && (missing - best.missing || candidate.load - best.load);
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
