/** What there is in a store, with its size, its last use and what it needs. */
import { type Dirent, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord, stringField } from "../../base/json-shape.ts";
import { digestHex } from "../../oci/digest.ts";
import { isSealed } from "./blob-seal.ts";
import { readRecord, recordId, usesOf } from "./disk-records.ts";
import { measureFolder } from "./folder-size.ts";
import { isRoomName, type StoreLayout } from "./layout.ts";

export type ItemKind = "blob" | "record" | "folder" | "hashes";

export interface Item {
  /** `blob/<hex>`, `record/<kind>/<hex>`, `folder/<room>/<name>`, `hashes/<hex>`. */
  readonly id: string;
  readonly kind: ItemKind;
  /** The kind of a record, the room of a folder. */
  readonly family: string;
  /** Absolute. */
  readonly path: string;
  /** Of the blocks it takes. */
  readonly sizeBytes: number;
  readonly createdMs: number;
  /** Of itself and of what needs it. */
  readonly lastUsedMs: number;
  /** Items it is worthless without. */
  readonly uses: readonly string[];
  /** Items that need it directly. */
  readonly usedBy: readonly string[];
  readonly description: string | undefined;
}

/**
 * Everything in the store, in the order in which it can be removed: what was used longest ago first, and whatever needs something before that.
 * Damaged records and blobs are among it, as if nobody had ever used them. `nowMs` bounds times of files that come from a clock set back since.
 */
export async function takeInventory(layout: StoreLayout, nowMs: number): Promise<readonly Item[]> {
  const drafts = new Map<string, Draft>();
  // Records first: what they use is there before them.
  for (const draft of [...records(layout, nowMs), ...blobs(layout, nowMs), ...hashes(layout, nowMs)])
    drafts.set(draft.id, draft);
  for await (const draft of folders(layout, nowMs)) drafts.set(draft.id, draft);
  connect(drafts);
  return [...drafts.values()].sort(
    (a, b) => a.lastUsedMs - b.lastUsedMs || a.depth - b.depth || (a.id < b.id ? -1 : 1),
  );
}

interface Draft extends Item {
  lastUsedMs: number;
  usedBy: string[];
  /** Worthless, whoever needs it. */
  damaged: boolean;
  /** The longest way from something that nothing needs. */
  depth: number;
}

function* records(layout: StoreLayout, nowMs: number): Generator<Draft> {
  for (const kind of entriesOf(layout.records)) {
    for (const { name } of entriesOf(join(layout.records, kind.name))) {
      const path = join(layout.records, kind.name, name);
      const record = readRecord(path);
      const value = record?.value;
      const uses = usesOf(value).flatMap((digest) => [`blob/${digestHex(digest)}`, recordId("layer", digest)]);
      const told = isRecord(value) && typeof value.lastUsed === "number" ? value.lastUsed : 0;
      const base = draftOf(`record/${kind.name}/${name}`, "record", kind.name, path, nowMs);
      if (base === undefined) continue;
      const lastUsedMs = Math.min(nowMs, Math.max(told, base.lastUsedMs));
      yield {
        ...base,
        damaged: record === undefined,
        lastUsedMs,
        uses,
        description: stringField(value, "description"),
      };
    }
  }
}

function* blobs(layout: StoreLayout, nowMs: number): Generator<Draft> {
  for (const { name } of entriesOf(layout.blobs)) {
    const path = join(layout.blobs, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const base = draftOf(`blob/${name}`, "blob", "blobs", path, nowMs);
    if (base === undefined || stats === undefined) continue;
    // Its time of modification is the seal.
    const changedMs = Math.min(nowMs, stats.ctimeMs);
    yield { ...base, createdMs: changedMs, lastUsedMs: changedMs, damaged: !isSealed(stats) };
  }
}

function* hashes(layout: StoreLayout, nowMs: number): Generator<Draft> {
  for (const { name } of entriesOf(layout.hashes)) {
    const base = draftOf(`hashes/${name}`, "hashes", "hashes", join(layout.hashes, name), nowMs);
    if (base) yield { ...base, description: "hashes of the files of a context" };
  }
}

async function* folders(layout: StoreLayout, nowMs: number): AsyncGenerator<Draft> {
  for (const room of roomsOf(layout)) {
    for (const { name } of entriesOf(join(layout.root, room))) {
      const path = join(layout.root, room, name);
      const base = draftOf(`folder/${room}/${name}`, "folder", room, path, nowMs);
      if (base === undefined) continue;
      yield { ...base, sizeBytes: await measureFolder(path), description: descriptionIn(room, path) };
    }
  }
}

/** Cache mounts have their name beside them. */
export function isCacheMounts(room: string): boolean {
  return room === "cache-mounts" || room.startsWith("cache-mounts-");
}

function descriptionIn(room: string, path: string): string | undefined {
  try {
    if (room === "images") return imageIn(path);
    if (!isCacheMounts(room)) return undefined;
    return `cache mount ${readFileSync(join(path, "id"), "utf8").trimEnd()}`;
  } catch {
    return undefined;
  }
}

/** What a layout of a kept image says it is. */
function imageIn(path: string): string | undefined {
  const index: unknown = JSON.parse(readFileSync(join(path, "index.json"), "utf8"));
  const [first]: readonly unknown[] = isRecord(index) && Array.isArray(index.manifests) ? index.manifests : [];
  const name = isRecord(first) ? stringField(first.annotations, "io.containerd.image.name") : undefined;
  return name === undefined ? undefined : `image ${name}`;
}

/** The rooms that were ever opened. */
function roomsOf(layout: StoreLayout): readonly string[] {
  return entriesOf(layout.root)
    .filter((entry) => entry.isDirectory() && isRoomName(entry.name))
    .map(({ name }) => name);
}

function draftOf(id: string, kind: ItemKind, family: string, path: string, nowMs: number): Draft | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return {
    id,
    kind,
    family,
    path,
    sizeBytes: inBlocks(stats.size),
    createdMs: Math.min(nowMs, stats.birthtimeMs || stats.ctimeMs),
    lastUsedMs: Math.min(nowMs, stats.mtimeMs),
    uses: [],
    usedBy: [],
    damaged: false,
    depth: 0,
    description: undefined,
  };
}

/** What files take of most disks. */
function inBlocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4096) * 4096;
}

/** What is needed is as young as what needs it, and goes after it. */
function connect(drafts: ReadonlyMap<string, Draft>): void {
  for (const draft of drafts.values()) for (const id of draft.uses) drafts.get(id)?.usedBy.push(draft.id);
  // When content was written says nothing where it is known who uses it.
  for (const draft of drafts.values()) {
    if (draft.damaged || (draft.kind === "blob" && draft.usedBy.length > 0)) draft.lastUsedMs = 0;
  }
  const waiting = [...drafts.values()];
  for (let draft = waiting.pop(); draft !== undefined; draft = waiting.pop()) {
    for (const id of draft.uses) {
      const used = drafts.get(id);
      if (used === undefined || used === draft || used.damaged) continue;
      const younger = used.lastUsedMs < draft.lastUsedMs;
      // Records that need each other in a circle stay where they are.
      const deeper = used.depth <= draft.depth && draft.depth < 8;
      if (!younger && !deeper) continue;
      used.lastUsedMs = Math.max(used.lastUsedMs, draft.lastUsedMs);
      if (deeper) used.depth = draft.depth + 1;
      waiting.push(used);
    }
  }
}

/** Nothing of what is not there. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
