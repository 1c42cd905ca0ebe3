/** The cache of the embedded engine: what it holds, and pruning it. */
import { resolve } from "node:path";
import { thisMachine } from "../drivers/this-machine.ts";
import { locateCache } from "../engine/store/locate.ts";
import type { PruneCacheOptions, PruneCacheResult, Usage } from "../engine/store/usage.ts";
import { pruneCache as prune, readUsage } from "../engine/store/usage.ts";
import { type Surroundings, workingFolderOf } from "./surroundings.ts";

export { formatSize, parseSize } from "../engine/store/size.ts";
export type { PruneCacheResult, Usage, UsageType } from "../engine/store/usage.ts";

/** Absolute: `TSBAKE_CACHE_DIR`, else the folder for caches of the platform. */
export function cacheFolder(surroundings: Surroundings = {}): string {
  const machine = thisMachine();
  const host = surroundings.environment ? { ...machine, variables: surroundings.environment } : machine;
  return resolve(workingFolderOf(surroundings), locateCache(host));
}

/** What was used longest ago first. Rejects with a TsbakeError when the cache cannot be read. */
export function cacheUsage(surroundings: Surroundings = {}): Promise<readonly Usage[]> {
  return readUsage(cacheFolder(surroundings), Date.now());
}

/** Removes what is selected, but nothing that a running build uses. Rejects with a TsbakeError, or with the signal's reason. */
export function pruneCache(
  options: Omit<PruneCacheOptions, "nowMs">,
  surroundings: Surroundings = {},
): Promise<PruneCacheResult> {
  return prune(cacheFolder(surroundings), { ...options, nowMs: Date.now() });
}
