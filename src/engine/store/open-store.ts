/** The store of a cache folder, for one process. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Digest } from "../../oci/digest.ts";
import type { Budget } from "./budget.ts";
import { DiskBlobs } from "./disk-blobs.ts";
import { DiskHashes } from "./disk-hashes.ts";
import { DiskRecords } from "./disk-records.ts";
import { enterRoom } from "./exclusive.ts";
import { isRoomName, layoutIn, makeFolder, makeLayout, type StoreLayout } from "./layout.ts";
import { ProcessFolder, removeDeadFolders } from "./process-folder.ts";
import type { EngineStore } from "./store.ts";
import { storeError } from "./store-error.ts";

export interface StoreOptions {
  /** What the store is brought back to when it is closed (`cacheBudget`). Default: it grows. */
  readonly budget?: Budget;
}

/**
 * Opens the store in a cache folder (`locateCache`), making both when they are missing. Rejects with a TsbakeError when it cannot be written.
 * What killed processes left behind is removed meanwhile.
 */
export async function openStore(cacheFolder: string, options: StoreOptions = {}): Promise<EngineStore> {
  const folder = resolve(cacheFolder);
  try {
    const layout = layoutIn(folder);
    makeLayout(layout);
    return new DiskStore(layout, options);
  } catch (error) {
    throw storeError(error, folder);
  }
}

class DiskStore implements EngineStore {
  readonly blobs: DiskBlobs;
  readonly records: DiskRecords;
  readonly hashes: DiskHashes;
  readonly #layout: StoreLayout;
  readonly #own: ProcessFolder;
  readonly #budget: Budget | undefined;
  readonly #rooms = new Map<string, Promise<string>>();
  readonly #cleaned: Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(layout: StoreLayout, { budget }: StoreOptions) {
    this.#layout = layout;
    this.#own = new ProcessFolder(layout.processes);
    this.#budget = budget;
    this.blobs = new DiskBlobs(layout, this.#own);
    this.records = new DiskRecords(layout, this.#own, this.blobs);
    this.hashes = new DiskHashes({ folder: layout.hashes, newPath: (kind) => this.#own.newPath(kind) });
    this.#cleaned = removeDeadFolders(layout.processes);
  }

  get folder(): string {
    return this.#layout.root;
  }

  async temporaryFolder(): Promise<string> {
    const folder = this.#own.newPath("work");
    try {
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      throw storeError(error, this.folder);
    }
  }

  room(name: string): Promise<string> {
    if (!isRoomName(name)) throw new Error(`not a name for a room of the store: ${name}`);
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = this.#enter(name);
      this.#rooms.set(name, room);
    }
    return room;
  }

  lease(digest: Digest): void {
    try {
      this.#own.lease(digest);
    } catch (error) {
      throw storeError(error, this.folder);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #enter(name: string): Promise<string> {
    const folder = join(this.folder, name);
    try {
      makeFolder(folder);
      await enterRoom(this.#own, this.#layout.processes, name);
      return folder;
    } catch (error) {
      throw storeError(error, this.folder);
    }
  }

  async #close(): Promise<void> {
    this.hashes.save();
    await this.#cleaned;
    if (this.#budget !== undefined) await this.#tidy(this.#budget).catch(() => {});
    await this.#own.close();
  }

  async #tidy(budget: Budget): Promise<void> {
    const { tidy } = await import("./tidy.ts");
    await tidy({
      layout: this.#layout,
      own: this.#own,
      budget,
      writtenBytes: this.blobs.writtenBytes,
      openedRooms: this.#rooms.size > 0,
      nowMs: Date.now(),
    });
  }
}
