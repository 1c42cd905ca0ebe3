/**
 * A content store in a folder, laid out as OCI says: `blobs/sha256/<hex>`. What is being written lies in `ingest/` beside
 * the blobs.
 */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoCode } from "../../../base/errors.ts";
import { RpcError } from "../../rpc/status.ts";
import type { ContentStore, ContentWriter } from "./content-store.ts";

const pieceBytes = 1 << 20;
/** To make the folder and a file in it while others end. */
const mostTries = 100;

export interface LayoutStoreOptions {
  readonly writable: boolean;
}

/** The folder need not be there before something is written. */
export function createLayoutStore(folder: string, { writable }: LayoutStoreOptions): ContentStore {
  const store: ContentStore = {
    size: (digest) => sizeOf(blobPath(folder, digest)),
    read: (digest, offset, sizeBytes) => readBlob(blobPath(folder, digest), offset, sizeBytes),
  };
  return writable ? { ...store, write: () => createWriter(folder) } : store;
}

/** Digests are not trusted: one becomes a file name only when it is nothing else. */
function blobPath(folder: string, digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new RpcError("INVALID_ARGUMENT", `${JSON.stringify(digest.slice(0, 100))} is no digest`);
  return join(folder, "blobs", "sha256", hex);
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

async function* readBlob(path: string, offset: number, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const end = offset + sizeBytes;
    for (let at = offset; at < end; ) {
      const wanted = Math.min(pieceBytes, end - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function createWriter(folder: string): Promise<ContentWriter> {
  const ingest = join(folder, "ingest");
  const staged = join(ingest, randomBytes(12).toString("hex"));
  const file = await openStaged(staged);
  const hash = createHash("sha256");
  let done = false;
  const discard = async (): Promise<void> => {
    if (done) return;
    done = true;
    await file.close().catch(() => {});
    await rm(staged, { force: true }).catch(() => {});
    // The last one out takes the folder away; it is not empty for the others.
    await rmdir(ingest).catch(() => {});
  };
  return {
    write: async (data) => {
      hash.update(data);
      await writeAll(file, data);
    },
    commit: async (expected) => {
      const digest = `sha256:${hash.digest("hex")}`;
      if (expected !== "" && expected !== digest) {
        await discard();
        return { mismatch: digest };
      }
      const path = blobPath(folder, digest);
      await mkdir(dirname(path), { recursive: true });
      await file.datasync();
      await file.close();
      await rename(staged, path);
      done = true;
      await rmdir(ingest).catch(() => {});
      return { digest };
    },
    discard,
  };
}

/** Another writer may take the empty folder away between its making and the first file in it. */
async function openStaged(path: string): Promise<FileHandle> {
  for (let tries = 1; ; tries++) {
    try {
      await mkdir(dirname(path), { recursive: true });
      return await open(path, "wx");
    } catch (error) {
      if (errnoCode(error) !== "ENOENT" || tries >= mostTries) throw error;
    }
  }
}

async function writeAll(file: FileHandle, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; ) at += (await file.write(data, at)).bytesWritten;
}
