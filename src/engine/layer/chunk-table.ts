/** Where each chunk of an archive is in a compressed blob: what makes it readable from any place, and its pieces good for another blob. */
import { readSync } from "node:fs";
import { isRecord } from "../../base/json-shape.ts";
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { crc32 } from "./codec/crc32.ts";

export interface ChunkRow {
  /** In the archive. */
  readonly start: number;
  readonly length: number;
  readonly crc: number;
  /** In the blob. */
  readonly pieceStart: number;
  readonly pieceLength: number;
  readonly pieceCrc: number;
  readonly identity: string;
}

export type ChunkTable = readonly ChunkRow[];

type PackedRow = readonly [length: number, crc: number, pieceLength: number, pieceCrc: number, identity: string];

/** `head` is what the blob begins with before its first piece. */
export async function saveChunkTable(store: EngineStore, head: number, table: ChunkTable): Promise<Digest> {
  const rows = table.map(
    (row): PackedRow => [row.length, row.crc, row.pieceLength, row.pieceCrc, row.identity.slice(0, 40)],
  );
  return (await store.blobs.put(Buffer.from(JSON.stringify({ head, rows })))).digest;
}

/** Undefined when it is not there any more. */
export async function loadChunkTable(store: EngineStore, digest: Digest): Promise<ChunkTable | undefined> {
  const bytes = await store.blobs.read(digest);
  if (!bytes) return undefined;
  const stored: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (!isRecord(stored) || typeof stored.head !== "number" || !Array.isArray(stored.rows)) return undefined;
  let start = 0;
  let pieceStart = stored.head;
  const table: ChunkRow[] = [];
  for (const row of stored.rows) {
    if (!isPackedRow(row)) return undefined;
    const [length, crc, pieceLength, pieceCrc, identity] = row;
    table.push({ start, length, crc, pieceStart, pieceLength, pieceCrc, identity });
    start += length;
    pieceStart += pieceLength;
  }
  return table;
}

/** A piece as it was written. Undefined when it is not. */
export function readPiece(descriptor: number, row: ChunkRow): Uint8Array | undefined {
  const piece = Buffer.allocUnsafe(row.pieceLength);
  const bytes = readSync(descriptor, piece, 0, piece.length, row.pieceStart);
  return bytes === piece.length && crc32(piece) === row.pieceCrc ? piece : undefined;
}

function isPackedRow(row: unknown): row is PackedRow {
  return (
    Array.isArray(row) && row.slice(0, 4).every((field) => typeof field === "number") && typeof row[4] === "string"
  );
}
