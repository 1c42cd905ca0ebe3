/** Which of a builder's nodes do which platforms of targets that no single node does as well. */
import type { Build, Target } from "../../plan/plan.ts";
import type { Place } from "../place.ts";
import { type Fit, fitOf } from "../platform-fit.ts";
import { isMergeable } from "./mergeable.ts";

/** A target whose builds have to stay together, with those that it is linked with. */
export interface Family {
  readonly builds: readonly Build[];
  readonly targetOf: (build: Build) => Target | undefined;
  /** Normalised, those of each build. */
  readonly platformsOf: (build: Build) => readonly string[];
}

export interface Assignment {
  readonly place: Place;
  readonly platforms: readonly string[];
}

/**
 * The platforms of the family, each on the node that does it best; undefined when one node does all of them as well as any other, or when
 * the results could not be put together. Of equal nodes the one that has a platform already is taken, then the less busy.
 */
export function assignPlatforms(
  family: Family,
  places: readonly Place[],
  load: ReadonlyMap<Place, number>,
): readonly Assignment[] | undefined {
  const platforms = [...new Set(family.builds.flatMap((build) => family.platformsOf(build)))];
  if (platforms.length < 2 || places.length < 2 || !isSplittable(family, places)) return undefined;
  const best = platforms.map((platform) => Math.min(...places.map((place) => fitOf(place.capabilities, platform))));
  const does = (place: Place, platform: string, fit: Fit | number): boolean =>
    fitOf(place.capabilities, platform) === fit;
  if (places.some((place) => platforms.every((platform, i) => does(place, platform, best[i] ?? 0)))) return undefined;
  const assigned = new Map<Place, string[]>();
  for (const [i, platform] of platforms.entries()) {
    const able = places.filter((place) => does(place, platform, best[i] ?? 0));
    const place = able.find((each) => assigned.has(each)) ?? leastBusy(able, load);
    if (place === undefined) return undefined;
    assigned.set(place, [...(assigned.get(place) ?? []), platform]);
  }
  return [...assigned].map(([place, done]) => ({ place, platforms: done }));
}

function leastBusy(places: readonly Place[], load: ReadonlyMap<Place, number>): Place | undefined {
  return [...places].sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))[0];
}

/** Every build says its platforms, has no more than those it links to, and its parts can be put together. */
function isSplittable({ builds, targetOf, platformsOf }: Family, places: readonly Place[]): boolean {
  const byId = new Map(builds.map((build) => [build.id, build]));
  return builds.every((build) => {
    const target = targetOf(build);
    const platforms = platformsOf(build);
    // What is local to the client is no node's own platform.
    if (target === undefined || platforms.length === 0 || target.platforms.some(namesLocal)) return false;
    for (const id of build.links.values()) {
      const linked = byId.get(id);
      const has = new Set(linked === undefined ? [] : platformsOf(linked));
      if (platforms.some((platform) => !has.has(platform))) return false;
    }
    return platforms.length === 1 || isMergeable(build, target, places);
  });
}

function namesLocal(platforms: string): boolean {
  return platforms.split(",").some((platform) => platform.trim() === "local");
}
