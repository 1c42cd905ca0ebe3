/** Removes what is not needed, what was used longest ago first, while builds go on. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { pruneAlone } from "./exclusive.ts";
import { type Held, heldItems, leasedNow } from "./held.ts";
import type { Item } from "./inventory.ts";
import type { StoreLayout } from "./layout.ts";
import type { ProcessFolder } from "./process-folder.ts";
import { removeFolder } from "./remove-folder.ts";

export interface PruneRequest {
  /** As `takeInventory` gives them, not long ago. */
  readonly items: readonly Item[];
  readonly layout: StoreLayout;
  readonly own: ProcessFolder;
  /** What may go at all. Records that lose what they need go with it. */
  readonly select: (item: Item) => boolean;
  /** Removing ends when no more than this is left. Absent: all that may go, goes. Given what the store holds now, in bytes. */
  readonly keepBytes?: (totalBytes: number) => number;
  /** How long somebody else who prunes is waited for. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

export interface Pruned {
  readonly removed: readonly Item[];
  readonly freedBytes: number;
  /** What there is now. */
  readonly leftBytes: number;
  /** What should have gone and could not. */
  readonly failures: readonly PruneFailure[];
}

export interface PruneFailure {
  readonly item: Item;
  readonly reason: string;
}

/**
 * Undefined when another process prunes, and still does after the patience. Measuring and deleting, which take their time, keep nobody waiting:
 * what is removed is first set aside. Rejects with the signal's reason between two removals.
 */
export async function prune(request: PruneRequest): Promise<Pruned | undefined> {
  const { items, layout, own, keepBytes, patienceMs, signal } = request;
  const totalBytes = sizeOf(items);
  const excessBytes = keepBytes ? totalBytes - keepBytes(totalBytes) : Number.POSITIVE_INFINITY;
  const trash = own.newPath("trash");
  mkdirSync(trash, { mode: 0o700 });
  try {
    const removal = await pruneAlone(own, layout.processes, {
      patienceMs,
      signal,
      // What is held is asked for after the inventory: what was made since is not in it.
      work: () =>
        remove(choose(items, { ...request, held: heldItems(items, { layout, own }), excessBytes }), request, trash),
    });
    if (removal === undefined) return undefined;
    const failures = [...removal.failures, ...(await deleteFolders(removal.aside))];
    const failed = new Set(failures.map(({ item }) => item));
    const removed = removal.removed.filter((item) => !failed.has(item));
    const freedBytes = sizeOf(removed);
    return { removed, freedBytes, leftBytes: totalBytes - freedBytes, failures };
  } finally {
    // What cannot be deleted now is tried again by the next process.
    await removeFolder(trash).catch(() => {});
  }
}

function sizeOf(items: readonly Item[]): number {
  return items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

interface Choice {
  readonly held: Held;
  readonly select: (item: Item) => boolean;
  readonly excessBytes: number;
}

/** In the order of the inventory, but for records that lose what they need: they come before that. */
function choose(items: readonly Item[], { held, select, excessBytes }: Choice): readonly Item[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  const seen = new Set<string>();
  const doomed: Item[] = [];
  let freed = 0;
  const doom = (item: Item): void => {
    if (seen.has(item.id) || held.has(item.id)) return;
    seen.add(item.id);
    for (const id of item.usedBy) {
      const user = byId.get(id);
      if (user !== undefined) doom(user);
    }
    doomed.push(item);
    freed += item.sizeBytes;
  };
  for (const item of items) {
    if (freed >= excessBytes) break;
    if (select(item)) doom(item);
  }
  return doomed;
}

/** So many are gone before somebody is asked again whether they are needed. */
const batchSize = 128;

interface Removal {
  readonly removed: readonly Item[];
  readonly failures: readonly PruneFailure[];
  /** Folders that are to be deleted still. */
  readonly aside: ReadonlyMap<Item, string>;
}

async function remove(
  doomed: readonly Item[],
  { items, layout, signal }: PruneRequest,
  trash: string,
): Promise<Removal> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const leased = (): Held => leasedNow(byId, layout);
  const removed: Item[] = [];
  const failures: PruneFailure[] = [];
  const aside = new Map<Item, string>();
  const attempt = (item: Item, action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      // Gone already: somebody else has removed it.
      if (errnoCode(error) !== "ENOENT") failures.push({ item, reason: messageOf(error) });
      return false;
    }
  };
  let count = 0;
  const setAside = (item: Item): string | undefined => {
    const path = join(trash, `${++count}`);
    return attempt(item, () => renameSync(item.path, path)) ? path : undefined;
  };
  for (let start = 0; start < doomed.length; start += batchSize) {
    await setImmediate();
    signal.throwIfAborted();
    // Builds have gone on since all this was chosen.
    const held = leased();
    const batch = doomed.slice(start, start + batchSize).filter(({ id }) => !held.has(id));
    for (const item of batch.filter(isFolder)) {
      const path = setAside(item);
      if (path === undefined) continue;
      aside.set(item, path);
      removed.push(item);
    }
    const files = batch.filter((item) => !isFolder(item));
    for (const [item, path] of setFilesAside(files, setAside, leased)) {
      if (attempt(item, () => rmSync(path))) removed.push(item);
    }
  }
  return { removed, failures, aside };
}

function isFolder({ kind }: Item): boolean {
  return kind === "folder";
}

async function deleteFolders(aside: ReadonlyMap<Item, string>): Promise<readonly PruneFailure[]> {
  const failures: PruneFailure[] = [];
  for (const [item, path] of aside) {
    await removeFolder(path).catch((error: unknown) => failures.push({ item, reason: messageOf(error) }));
  }
  return failures;
}

/**
 * Blobs, records and tables of hashes that may be removed now, with where they are. What a build has come to need in the meantime is put back:
 * it said so before it looked.
 */
function setFilesAside(
  items: readonly Item[],
  setAside: (item: Item) => string | undefined,
  leased: () => Held,
): ReadonlyMap<Item, string> {
  const aside = new Map<Item, string>();
  for (const item of items) {
    const path = setAside(item);
    if (path !== undefined) aside.set(item, path);
  }
  // Where leases cannot be read, everything may be needed.
  let held: Held | undefined;
  try {
    held = leased();
  } finally {
    for (const [item, path] of aside) {
      if (held !== undefined && !held.has(item.id)) continue;
      aside.delete(item);
      putBack(path, item.path);
    }
  }
  return aside;
}

/** Unless it has been made again already. */
function putBack(aside: string, path: string): void {
  if (existsSync(aside) && !existsSync(path)) renameSync(aside, path);
}
