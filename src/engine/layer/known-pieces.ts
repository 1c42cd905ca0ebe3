/** Compressed pieces of a blob that is there already: a chunk that was compressed once is not compressed again. */
import { closeSync, openSync, readSync } from "node:fs";
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { type ChunkRow, loadChunkTable } from "./chunk-table.ts";
import { crc32 } from "./codec/crc32.ts";
import { type ExactEncoding, findForm } from "./form.ts";

export interface KnownPieces {
  /** The piece of a chunk of this identity, length and CRC; undefined when there is none, or it is damaged. */
  readonly find: (identity: string, length: number, crc: number) => Uint8Array | undefined;
  /** Idempotent. */
  readonly close: () => void;
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
    find: (identity, length, crc) => {
      const row = rows.get(identity.slice(0, 40));
      if (row === undefined || descriptor === undefined || row.length !== length || row.crc !== crc) return undefined;
      return readPiece(descriptor, row);
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** A piece as it was written. Undefined when it is not. */
export function readPiece(descriptor: number, row: ChunkRow): Uint8Array | undefined {
  const piece = Buffer.allocUnsafe(row.pieceLength);
  const bytes = readSync(descriptor, piece, 0, piece.length, row.pieceStart);
  return bytes === piece.length && crc32(piece) === row.pieceCrc ? piece : undefined;
}
