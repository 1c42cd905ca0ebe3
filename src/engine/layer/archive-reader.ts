/** Reads an archive of the store from any place, whatever form it is kept in. */
import { closeSync, openSync, readSync } from "node:fs";
import { TsbakeError } from "../../base/errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { type ChunkRow, type ChunkTable, loadChunkTable, readPiece } from "./chunk-table.ts";
import { decodePiece } from "./codec/chunk-codec.ts";
import { crc32 } from "./codec/crc32.ts";
import { findLayerRecord, type LayerRecord } from "./layer-record.ts";

export interface ArchiveReader {
  /** Bytes of the archive. */
  readonly size: number;
  /** Fills the target from an offset. Synchronous: at most one chunk is inflated at a time. Throws a TsbakeError when the store is damaged. */
  readonly read: (offset: number, target: Uint8Array) => void;
  /** Idempotent. */
  readonly close: () => void;
}

/** Undefined when the store does not have the archive. */
export async function openArchiveReader(store: EngineStore, diffId: Digest): Promise<ArchiveReader | undefined> {
  const record = await findLayerRecord(store, diffId);
  store.lease(diffId);
  if (await store.blobs.has(diffId)) {
    const size = record?.size ?? (await store.blobs.size(diffId)) ?? 0;
    return flatReader(openSync(store.blobs.file(diffId), "r"), size, diffId);
  }
  return record && chunkReader(store, diffId, record);
}

/** What a layer is left as that cannot be read any more. */
export function damagedLayer(diffId: string): TsbakeError {
  return new TsbakeError("engine/layer-damaged", `the build cache has a damaged copy of layer ${diffId}`, {
    hint: "look at the disk, then remove the cache with tsbake prune --builder embedded --all and build again",
  });
}

function flatReader(descriptor: number, size: number, diffId: Digest): ArchiveReader {
  let open = true;
  return {
    size,
    read: (offset, target) => {
      for (let done = 0; done < target.length; ) {
        const bytes = readSync(descriptor, target, done, target.length - done, offset + done);
        if (bytes === 0) throw damagedLayer(diffId);
        done += bytes;
      }
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

async function chunkReader(
  store: EngineStore,
  diffId: Digest,
  { home }: LayerRecord,
): Promise<ArchiveReader | undefined> {
  const { compression, chunks, digest } = home;
  if ((compression !== "gzip" && compression !== "zstd") || chunks === undefined) return undefined;
  const table = await loadChunkTable(store, chunks);
  if (!table || !(await store.blobs.has(digest))) return undefined;
  const descriptor = openSync(store.blobs.file(digest), "r");
  let open = true;
  let last: { readonly row: ChunkRow; readonly bytes: Uint8Array } | undefined;
  const decoded = (row: ChunkRow): Uint8Array => {
    if (last?.row !== row) last = { row, bytes: decode(compression, descriptor, row, diffId) };
    return last.bytes;
  };
  const end = table.at(-1);
  return {
    size: end ? end.start + end.length : 0,
    read: (offset, target) => {
      for (let done = 0; done < target.length; ) {
        const row = rowAt(table, offset + done);
        if (!row) throw damagedLayer(diffId);
        const from = offset + done - row.start;
        const part = decoded(row).subarray(from, from + target.length - done);
        target.set(part, done);
        done += part.length;
      }
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
      last = undefined;
    },
  };
}

function decode(compression: "gzip" | "zstd", descriptor: number, row: ChunkRow, diffId: Digest): Uint8Array {
  const piece = readPiece(descriptor, row);
  if (!piece) throw damagedLayer(diffId);
  const bytes = decodePiece(compression, piece, row.length);
  if (bytes.length !== row.length || crc32(bytes) !== row.crc) throw damagedLayer(diffId);
  return bytes;
}

/** The chunk that has an offset of the archive. */
function rowAt(table: ChunkTable, offset: number): ChunkRow | undefined {
  let low = 0;
  let high = table.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = table[middle];
    if (row !== undefined && row.start + row.length <= offset) low = middle + 1;
    else high = middle;
  }
  return table[low];
}
