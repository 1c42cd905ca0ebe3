/** Compressed pieces of a blob that is there already: a chunk that was compressed once is not compressed again. */
import { closeSync, openSync } from "node:fs";
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { loadChunkTable, readPiece } from "./chunk-table.ts";
import { type ExactEncoding, findForm } from "./form.ts";

export interface KnownPieces {
  /** The piece of a chunk of this identity and length; undefined when there is none, or it is damaged. */
  readonly find: (identity: string, length: number) => KnownPiece | undefined;
  /** Idempotent. */
  readonly close: () => void;
}

export interface KnownPiece {
  readonly bytes: Uint8Array;
  /** Of the chunk. */
  readonly crc: number;
}

/** Undefined when the layer is not there in this encoding. */
export async function openKnownPieces(
  store: EngineStore,
  diffId: Digest,
  encoding: ExactEncoding,
): Promise<KnownPieces | undefined> {
  const form = encoding.compression === "uncompressed" ? undefined : await findForm(store, diffId, encoding);
  const table = form?.chunks && (await loadChunkTable(store, form.chunks));
  if (!form || !table) return undefined;
  const rows = new Map(table.map((row) => [row.identity, row]));
  let descriptor: number | undefined = openSync(store.blobs.file(form.digest), "r");
  return {
    find: (identity, length) => {
      const row = rows.get(identity.slice(0, 40));
      if (row === undefined || descriptor === undefined || row.length !== length) return undefined;
      const bytes = readPiece(descriptor, row);
      return bytes && { bytes, crc: row.crc };
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
