/** What the store holds, as `du` tells it, and pruning as `prune` asks for it. */
import { statfsSync } from "node:fs";
import { resolve } from "node:path";
import { pruneBusy } from "./exclusive.ts";
import { heldItems } from "./held.ts";
import { type Item, isCacheMounts, takeInventory } from "./inventory.ts";
import { layoutIn, makeLayout } from "./layout.ts";
import { ProcessFolder, removeDeadFolders } from "./process-folder.ts";
import { prune } from "./prune.ts";
import { storeError } from "./store-error.ts";

/** The words of BuildKit. `internal`: what only the engine itself knows how to read. */
export type UsageType = "regular" | "source.local" | "source.git.checkout" | "exec.cachemount" | "internal";

export interface Usage {
  readonly id: string;
  readonly type: UsageType;
  readonly description: string;
  readonly sizeBytes: number;
  readonly createdMs: number;
  readonly lastUsedMs: number;
  /** Whether more than one thing needs it. */
  readonly shared: boolean;
  /** Whether it is changed in place. */
  readonly mutable: boolean;
  /** Whether a running build needs it. */
  readonly inUse: boolean;
}

/** Everything, what was used longest ago first; records of a kind are one entry. Empty when there is no store. Rejects with a TsbakeError when it cannot be read. */
export async function readUsage(cacheFolder: string, nowMs: number): Promise<readonly Usage[]> {
  const folder = resolve(cacheFolder);
  try {
    const layout = layoutIn(folder);
    const items = await takeInventory(layout, nowMs);
    const held = items.length === 0 ? new Set<string>() : heldItems(items, { layout, own: undefined });
    const describe = describer(items);
    return mergeRecords(items, (item) => ({ ...describe(item), inUse: held.has(item.id) }));
  } catch (error) {
    throw storeError(error, folder);
  }
}

export interface PruneCacheOptions {
  readonly select: (usage: Usage) => boolean;
  /** Infinity for no limit. */
  readonly maxUsedBytes?: number;
  readonly minFreeBytes?: number;
  /** Kept in any case. */
  readonly reservedBytes?: number;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

export interface PruneCacheResult {
  readonly removed: readonly Usage[];
  readonly freedBytes: number;
  readonly failures: readonly { readonly usage: Usage; readonly reason: string }[];
}

/** How long somebody else who prunes is waited for. */
const patienceMs = 30_000;

/**
 * Removes what is selected and not needed by a running build, what was used longest ago first; without sizes all of it. Rejects with a
 * TsbakeError, or with the signal's reason; what was removed by then is gone, all else is whole.
 */
export async function pruneCache(cacheFolder: string, options: PruneCacheOptions): Promise<PruneCacheResult> {
  const folder = resolve(cacheFolder);
  let opened: ProcessFolder | undefined;
  try {
    const layout = layoutIn(folder);
    makeLayout(layout);
    const own = new ProcessFolder(layout.processes);
    opened = own;
    await removeDeadFolders(layout.processes);
    const { nowMs, signal } = options;
    const items = await takeInventory(layout, nowMs);
    const describe = describer(items);
    const { bavail, bsize } = statfsSync(layout.root);
    const keepBytes = limitOf(options, bavail * bsize);
    const select = (item: Item): boolean => options.select(describe(item));
    const request = { items, layout, own, select, patienceMs, signal };
    const pruned = await prune(keepBytes === undefined ? request : { ...request, keepBytes });
    if (pruned === undefined) throw pruneBusy();
    const failures = pruned.failures.map(({ item, reason }) => ({ usage: describe(item), reason }));
    return { removed: mergeRecords(pruned.removed, describe), freedBytes: pruned.freedBytes, failures };
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw storeError(error, folder);
  } finally {
    await opened?.close();
  }
}

/** As BuildKit adds the three up: at most this, less when the disk has less free than wanted, but never less than what is reserved. */
function limitOf(options: PruneCacheOptions, freeBytes: number): ((totalBytes: number) => number) | undefined {
  const { maxUsedBytes = Infinity, minFreeBytes = 0, reservedBytes = 0 } = options;
  if (maxUsedBytes === Infinity && minFreeBytes === 0) return reservedBytes === 0 ? undefined : () => reservedBytes;
  return (totalBytes) => {
    const lacking = Math.max(0, minFreeBytes - freeBytes);
    const wanted = lacking > 0 ? Math.min(maxUsedBytes, totalBytes - lacking) : maxUsedBytes;
    return Math.max(wanted, reservedBytes);
  };
}

/** Items in the words of `du`, without whether they are in use. */
function describer(items: readonly Item[]): (item: Item) => Usage {
  const byId = new Map(items.map((item) => [item.id, item]));
  return (item) => ({
    id: shortId(item),
    type: typeOf(item),
    description: item.kind === "record" ? `records of kind ${item.family}` : describeContent(item, byId),
    sizeBytes: item.sizeBytes,
    createdMs: item.createdMs,
    lastUsedMs: item.lastUsedMs,
    shared: isShared(item, byId),
    mutable: item.kind === "hashes" || isCacheMounts(item.family),
    inUse: false,
  });
}

function shortId({ id, kind, family }: Item): string {
  if (kind === "record") return `records/${family}`;
  const name = id.slice(id.indexOf("/") + 1);
  return kind === "folder" ? name : name.slice(0, 25);
}

/** Records are many and small. The entry is where its youngest part is. */
function mergeRecords(items: readonly Item[], describe: (item: Item) => Usage): readonly Usage[] {
  const merged = new Map<string, Usage>();
  for (const item of items) {
    // What is shown of an id is the beginning: not for telling things apart.
    const key = item.kind === "record" ? `record/${item.family}` : item.id;
    const usage = describe(item);
    const same = merged.get(key);
    merged.delete(key);
    merged.set(key, same === undefined ? usage : mergedUsage(same, usage));
  }
  return [...merged.values()];
}

function mergedUsage(a: Usage, b: Usage): Usage {
  return {
    ...b,
    sizeBytes: a.sizeBytes + b.sizeBytes,
    createdMs: Math.min(a.createdMs, b.createdMs),
    shared: a.shared && b.shared,
    inUse: a.inUse || b.inUse,
  };
}

function typeOf({ kind, family }: Item): UsageType {
  if (kind === "record") return "internal";
  if (kind === "hashes") return "source.local";
  if (isCacheMounts(family)) return "exec.cachemount";
  return family === "git" ? "source.git.checkout" : "regular";
}

/** Whether several things that nothing else needs come down to it. Forms of one layer are not other things. */
function isShared(item: Item, byId: ReadonlyMap<string, Item>): boolean {
  const seen = new Set([item.id]);
  const waiting = [item];
  let tops = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const users = next.usedBy.filter((id) => !id.startsWith("record/blob/"));
    if (next !== item && users.length === 0 && ++tops > 1) return true;
    for (const id of users) {
      const user = byId.get(id);
      if (user === undefined || seen.has(id)) continue;
      seen.add(id);
      waiting.push(user);
    }
  }
  return false;
}

/** Content is told by the first thing that needs it and has words of its own. */
function describeContent(item: Item, byId: ReadonlyMap<string, Item>): string {
  const seen = new Set<string>();
  const queue = [item];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.description !== undefined) return next.description;
    seen.add(next.id);
    for (const id of next.usedBy) {
      const user = byId.get(id);
      if (user !== undefined && !seen.has(id)) queue.push(user);
    }
  }
  return defaultDescription(item);
}

function defaultDescription({ kind, family, usedBy }: Item): string {
  if (kind === "folder") return isCacheMounts(family) ? "cache mount" : family;
  return usedBy.length === 0 ? "content nothing refers to" : "content";
}
