/** What running processes need. */
import { type Digest, digestHex, isDigest } from "../../oci/digest.ts";
import { recordId } from "./disk-records.ts";
import { isRoomInUse } from "./exclusive.ts";
import type { Item } from "./inventory.ts";
import type { StoreLayout } from "./layout.ts";
import { leasedBy, type ProcessFolder, runningFolders } from "./process-folder.ts";

/** Of items. */
export type Held = ReadonlySet<string>;

/** What is leased, with all it needs, and whatever is in rooms that other processes have open. */
export function heldItems(
  items: readonly Item[],
  { layout, own }: { readonly layout: StoreLayout; readonly own: ProcessFolder | undefined },
): Held {
  const held = new Set(leasedNow(new Map(items.map((item) => [item.id, item])), layout));
  const folders = items.filter(({ kind }) => kind === "folder");
  for (const room of new Set(folders.map(({ family }) => family))) {
    if (!isRoomInUse(own, layout.processes, room)) continue;
    for (const { id, family } of folders) if (family === room) held.add(id);
  }
  return held;
}

/** What is leased, with all it needs. */
export function leasedNow(byId: ReadonlyMap<string, Item>, layout: StoreLayout): Held {
  const held = new Set<string>();
  const waiting = [...leasedItems(layout)];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (held.has(id)) continue;
    held.add(id);
    waiting.push(...(byId.get(id)?.uses ?? []));
  }
  return held;
}

/** The items that leases name. */
function leasedItems(layout: StoreLayout): ReadonlySet<string> {
  const names = runningFolders(layout.processes).flatMap(leasedBy);
  return new Set(names.flatMap((name) => (isDigest(name) ? itemsOf(name) : [name])));
}

/** What a digest may stand for: a blob, a layer. */
function itemsOf(digest: Digest): readonly string[] {
  return [`blob/${digestHex(digest)}`, recordId("layer", digest)];
}
