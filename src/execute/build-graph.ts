/** Who waits for whom among the builds of a plan, and which chain of waits is the longest. */
import type { Build, BuildId } from "../plan/plan.ts";

export interface BuildGraph {
  /** In the order of the plan. */
  readonly builds: readonly GraphBuild[];
}

export interface GraphBuild {
  readonly build: Build;
  /** How many builds must progress before this one may start. */
  readonly waits: number;
  /** The builds whose job this one is fed from: those it links to and the one it repeats; each of them once. */
  readonly fedBy: readonly BuildId[];
  /** They start when this one has solved, and need its job until they have. */
  readonly feeds: readonly BuildId[];
  /** Of those, the repeated exports: they finish when this one has succeeded. */
  readonly repeatedBy: readonly BuildId[];
  /** The number of builds on the longest chain of waits that begins here, itself included. */
  readonly rank: number;
}

/**
 * Linear in builds and waits. A plan that breaks its own promise (an order in which each build comes after those it waits for, links
 * that lead to first builds only) could wait for ever, so it is refused with a plain error: that is a bug of the planner.
 */
export function createBuildGraph(builds: readonly Build[]): BuildGraph {
  const feeds = new Map<BuildId, BuildId[]>();
  const repeatedBy = new Map<BuildId, BuildId[]>();
  const seen = new Map<BuildId, Build>();
  for (const build of builds) {
    if (seen.has(build.id)) throw new Error(`the plan holds the build ${build.id} twice`);
    for (const id of new Set(build.links.values())) {
      if (checked(seen, id, build).repeats !== undefined)
        throw new Error(`${build.id} links to the repeated export ${id}`);
    }
    if (build.repeats !== undefined) append(repeatedBy, checked(seen, build.repeats, build).id, build.id);
    for (const id of feedersOf(build)) append(feeds, id, build.id);
    seen.set(build.id, build);
  }
  const ranks = new Map<BuildId, number>();
  for (const build of [...builds].reverse()) {
    const followers = feeds.get(build.id) ?? [];
    ranks.set(build.id, 1 + followers.reduce((longest, id) => Math.max(longest, ranks.get(id) ?? 0), 0));
  }
  return {
    builds: builds.map((build) => {
      const fedBy = feedersOf(build);
      return {
        build,
        waits: fedBy.length,
        fedBy,
        feeds: feeds.get(build.id) ?? [],
        repeatedBy: repeatedBy.get(build.id) ?? [],
        rank: ranks.get(build.id) ?? 1,
      };
    }),
  };
}

function feedersOf({ links, repeats }: Build): readonly BuildId[] {
  return [...new Set([...links.values(), ...(repeats === undefined ? [] : [repeats])])];
}

function checked(seen: ReadonlyMap<BuildId, Build>, id: BuildId, by: Build): Build {
  const build = seen.get(id);
  if (build === undefined) throw new Error(`${by.id} waits for ${id}, which does not come before it in the plan`);
  return build;
}

function append(lists: Map<BuildId, BuildId[]>, key: BuildId, id: BuildId): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
}
