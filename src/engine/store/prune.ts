/** Removes what is not needed, what was used longest ago first, while builds go on. */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { isRoomInUse } from "./exclusive.ts";
import { type Held, heldItems, leasedItems } from "./held.ts";
import { type Item, takeInventory } from "./inventory.ts";
import type { StoreLayout } from "./layout.ts";
import type { ProcessFolder } from "./process-folder.ts";
import { removeFolder } from "./remove-folder.ts";

export interface PruneRequest {
  readonly layout: StoreLayout;
  readonly own: ProcessFolder;
  readonly nowMs: number;
  /** What may go at all. Records that lose what they need go with it. */
  readonly select: (item: Item) => boolean;
  /** Removing ends when no more than this is left. Absent: all that may go, goes. Given what the store holds now, in bytes. */
  readonly keepBytes?: (totalBytes: number) => number;
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

/** Called by who prunes alone (`pruneAlone`). Rejects with the signal's reason between two removals. */
export async function prune(request: PruneRequest): Promise<Pruned> {
  const { layout, own, nowMs, keepBytes } = request;
  const items = await takeInventory(layout, nowMs);
  // Read after the inventory: what was made since is not in it.
  const held = heldItems(items, { layout, own });
  const totalBytes = sizeOf(items);
  const doomed = choose(items, {
    ...request,
    held,
    excessBytes: keepBytes ? totalBytes - keepBytes(totalBytes) : Infinity,
  });
  const { removed, failures } = await remove(doomed, request);
  const freedBytes = sizeOf(removed);
  return { removed, freedBytes, leftBytes: totalBytes - freedBytes, failures };
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

async function remove(
  doomed: readonly Item[],
  { layout, own, signal }: PruneRequest,
): Promise<Pick<Pruned, "removed" | "failures">> {
  const removed: Item[] = [];
  const failures: PruneFailure[] = [];
  const trash = own.newPath("trash");
  mkdirSync(trash, { mode: 0o700 });
  const tryOn = async (item: Item, action: () => void | Promise<void>): Promise<void> => {
    try {
      await action();
      removed.push(item);
    } catch (error) {
      if (errnoCode(error) === "ENOENT") removed.push(item);
      else failures.push({ item, reason: messageOf(error) });
    }
  };
  for (let start = 0; start < doomed.length; start += batchSize) {
    await setImmediate();
    signal.throwIfAborted();
    const batch = doomed.slice(start, start + batchSize);
    for (const item of batch.filter(({ kind }) => kind === "record" || kind === "hashes")) {
      await tryOn(item, () => rmSync(item.path, { force: true }));
    }
    await removeBlobs(
      batch.filter(({ kind }) => kind === "blob"),
      { layout, trash, tryOn },
    );
    for (const item of batch.filter(({ kind }) => kind === "folder")) {
      // Asked for each: removing the last one may have taken long.
      if (isRoomInUse(own, layout.processes, item.family)) continue;
      await tryOn(item, () => removeFolder(moved(item.path, trash)));
    }
  }
  // What cannot be removed now is tried again by the next process.
  await removeFolder(trash).catch(() => {});
  return { removed, failures };
}

type TryOn = (item: Item, action: () => void) => Promise<void>;

/** Set aside, and put back what a build has come to need in the meantime: it said so before it looked. */
async function removeBlobs(
  items: readonly Item[],
  { layout, trash, tryOn }: { readonly layout: StoreLayout; readonly trash: string; readonly tryOn: TryOn },
): Promise<void> {
  const aside = new Map<Item, string>();
  for (const item of items) {
    try {
      aside.set(item, moved(item.path, trash));
    } catch (error) {
      await tryOn(item, () => {
        throw error;
      });
    }
  }
  const held = leasedItems(layout);
  for (const [item, path] of aside) {
    if (held.has(item.id)) putBack(path, item.path);
    else await tryOn(item, () => rmSync(path, { force: true }));
  }
}

function moved(path: string, trash: string): string {
  const to = join(trash, `${lstatSync(path).ino}`);
  renameSync(path, to);
  return to;
}

function putBack(from: string, to: string): void {
  if (!existsSync(to)) renameSync(from, to);
}
