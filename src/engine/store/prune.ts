/** Removes what is not needed, what was used longest ago first, while builds go on. */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { pruneAlone } from "./exclusive.ts";
import { type Held, heldItems, leasedItems } from "./held.ts";
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

async function remove(doomed: readonly Item[], { layout, signal }: PruneRequest, trash: string): Promise<Removal> {
  const removed: Item[] = [];
  const failures: PruneFailure[] = [];
  const aside = new Map<Item, string>();
  const tryOn: TryOn = (item, action) => {
    try {
      action();
      removed.push(item);
    } catch (error) {
      // Gone already: somebody else has removed it.
      if (errnoCode(error) !== "ENOENT") failures.push({ item, reason: messageOf(error) });
    }
  };
  for (let start = 0; start < doomed.length; start += batchSize) {
    await setImmediate();
    signal.throwIfAborted();
    const batch = doomed.slice(start, start + batchSize);
    for (const item of batch.filter(({ kind }) => kind === "record" || kind === "hashes")) {
      tryOn(item, () => rmSync(item.path));
    }
    removeBlobs(
      batch.filter(({ kind }) => kind === "blob"),
      { layout, trash, tryOn },
    );
    for (const item of batch.filter(({ kind }) => kind === "folder")) {
      tryOn(item, () => aside.set(item, setAside(item.path, trash)));
    }
  }
  return { removed, failures, aside };
}

async function deleteFolders(aside: ReadonlyMap<Item, string>): Promise<readonly PruneFailure[]> {
  const failures: PruneFailure[] = [];
  for (const [item, path] of aside) {
    await removeFolder(path).catch((error: unknown) => failures.push({ item, reason: messageOf(error) }));
  }
  return failures;
}

type TryOn = (item: Item, action: () => void) => void;

/** Set aside first, and put back what a build has come to need in the meantime: it said so before it looked. */
function removeBlobs(
  items: readonly Item[],
  { layout, trash, tryOn }: { readonly layout: StoreLayout; readonly trash: string; readonly tryOn: TryOn },
): void {
  if (items.length === 0) return;
  const aside = items.map((item) => ({ item, path: join(trash, basename(item.path)) }));
  for (const { item, path } of aside) if (existsSync(item.path)) renameSync(item.path, path);
  const leased = leasedItems(layout);
  for (const { item, path } of aside) {
    if (leased.has(item.id)) putBack(path, item.path);
    else tryOn(item, () => rmSync(path));
  }
}

/** Unless it has been made again already. */
function putBack(aside: string, path: string): void {
  if (existsSync(aside) && !existsSync(path)) renameSync(aside, path);
}

function setAside(folder: string, trash: string): string {
  const aside = join(trash, `folder-${lstatSync(folder).ino}`);
  renameSync(folder, aside);
  return aside;
}
