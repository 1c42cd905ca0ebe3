/**
 * The folders of a store:
 *
 *     CACHEDIR.TAG              for backups: not worth keeping
 *     v1/blobs/sha256/<hex>     content, sealed (blob-seal.ts)
 *     v1/records/<kind>/<hex>   small values by the hash of their key
 *     v1/hashes/<hex>           hashes of the files of a context folder
 *     v1/processes/<id>/        what goes with a process: its lease, staged and temporary files
 *     v1/<room>/<name>/         snapshots, cache mounts, repositories
 *
 * Everything is written beside and renamed; nobody waits for anybody, except for who prunes the rooms.
 */
import { lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoCode } from "../../base/errors.ts";

export interface StoreLayout {
  /** Absolute; with the version in it. */
  readonly root: string;
  readonly blobs: string;
  readonly records: string;
  readonly hashes: string;
  readonly processes: string;
}

/** Names that rooms cannot have. */
const reserved = new Set(["blobs", "records", "hashes", "processes"]);

export function isRoomName(name: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(name) && !reserved.has(name);
}

/** The layout of the store in a cache folder, which may not exist yet. Somebody else's store is left alone: ours gets a name of its own. */
export function layoutIn(cacheFolder: string): StoreLayout {
  const plain = join(cacheFolder, "v1");
  const uid = process.geteuid?.();
  const root = uid === undefined || (ownerOf(plain) ?? uid) === uid ? plain : `${plain}-${uid}`;
  return {
    root,
    blobs: join(root, "blobs", "sha256"),
    records: join(root, "records"),
    hashes: join(root, "hashes"),
    processes: join(root, "processes"),
  };
}

/** Makes what is missing. Throws what the file system throws. */
export function makeLayout(layout: StoreLayout): void {
  for (const folder of [layout.root, layout.blobs, layout.records, layout.hashes, layout.processes]) makeFolder(folder);
  try {
    writeFileSync(join(dirname(layout.root), "CACHEDIR.TAG"), tag, { flag: "wx" });
  } catch (error) {
    if (errnoCode(error) !== "EEXIST") throw error;
  }
}

const tag = `Signature: 8a477f597d28d172789f06886806bc55
# This folder holds what tsbake can make again. See https://bford.info/cachedir/
`;

/** With its parents, for nobody else to read. Not `recursive`: Node 20 never comes back from that below /proc. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoCode(error) === "EEXIST") {
      if (lstatSync(path).isFile()) throw error;
      return;
    }
    if (errnoCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeFolder(path);
  }
}

function ownerOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.uid;
}
