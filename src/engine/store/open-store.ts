/** The store of a cache folder, for one process. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DiskBlobs } from "./disk-blobs.ts";
import { DiskHashes } from "./disk-hashes.ts";
import { DiskRecords } from "./disk-records.ts";
import { isRoomName, layoutIn, makeFolder, makeLayout, type StoreLayout } from "./layout.ts";
import { ProcessFolder, removeDeadFolders } from "./process-folder.ts";
import type { EngineStore } from "./store.ts";
import { storeError } from "./store-error.ts";

/**
 * Opens the store in a cache folder (`locateCache`), making both when they are missing. Rejects with a TsbakeError when it cannot be written.
 * What killed processes left behind is removed meanwhile.
 */
export async function openStore(cacheFolder: string): Promise<EngineStore> {
  const layout = layoutIn(resolve(cacheFolder));
  try {
    makeLayout(layout);
    return storeOf(layout, new ProcessFolder(layout.processes));
  } catch (error) {
    throw storeError(error, layout.root);
  }
}

function storeOf(layout: StoreLayout, own: ProcessFolder): EngineStore {
  const blobs = new DiskBlobs(layout, own);
  const hashes = new DiskHashes({ folder: layout.hashes, newPath: (kind) => own.newPath(kind) });
  const cleaned = removeDeadFolders(layout.processes);
  let closed: Promise<void> | undefined;
  return {
    folder: layout.root,
    blobs,
    records: new DiskRecords(layout, own, blobs),
    hashes,
    temporaryFolder: async () => {
      const folder = own.newPath("work");
      try {
        mkdirSync(folder, { mode: 0o700 });
        return folder;
      } catch (error) {
        throw storeError(error, layout.root);
      }
    },
    room: async (name) => {
      if (!isRoomName(name)) throw new Error(`not a name for a room of the store: ${name}`);
      const folder = join(layout.root, name);
      try {
        makeFolder(folder);
        return folder;
      } catch (error) {
        throw storeError(error, layout.root);
      }
    },
    lease: (digest) => own.lease(digest),
    close: () => {
      closed ??= cleaned.then(() => {
        hashes.save();
        return own.close();
      });
      return closed;
    },
  };
}
