/** What turns chunks into pieces of a blob, each on its own: gzip and zstd. */
import * as zlib from "node:zlib";
import type { ExactEncoding } from "../form.ts";
import type { ChunkBuffer, ChunkProfile } from "./chunk-assembler.ts";
import { CodecWorkers } from "./codec-workers.ts";
import { gzipHead, gzipTail } from "./gzip-frame.ts";
import { decompressZstd, type NodeZstd, nodeZstd, zstdParameters } from "./zstd-library.ts";

export interface ChunkCodec {
  /** How many chunks are worth being encoded at the same time. */
  readonly parallel: number;
  readonly head: Uint8Array;
  /** Takes the buffer and gives it, or another of its size, back with the piece. */
  readonly encode: (buffer: ChunkBuffer, length: number) => Promise<EncodedChunk>;
  /** Fills the buffer, and gives it or another of its size back, with the chunk that a piece was made of. Rejects when that is not of the length. */
  readonly decode: (buffer: ChunkBuffer, piece: Uint8Array, length: number) => Promise<ChunkBuffer>;
  /** After the last piece: of the CRC and length of the whole archive. */
  readonly tail: (crc: number, length: number) => Uint8Array;
  readonly close: () => Promise<void>;
}

export interface EncodedChunk {
  readonly piece: Uint8Array;
  readonly buffer: ChunkBuffer;
}

/** Pieces are compressed without looking at the one before: smaller ones cost size, larger ones cost time when a file changes. */
export const chunkProfiles: Readonly<Record<"gzip" | "zstd", ChunkProfile>> = {
  gzip: { every: 64, longest: 2 * 1024 * 1024, step: 1024 * 1024 },
  zstd: { every: 512, longest: 6 * 1024 * 1024, step: 4 * 1024 * 1024 },
};

export function openCodec({ compression, level }: ExactEncoding): ChunkCodec {
  return compression === "zstd" ? zstdCodec(level) : gzipCodec(level);
}

/** A piece back to the chunk it was made of. Throws when it is damaged. */
export function decodePiece(compression: "gzip" | "zstd", piece: Uint8Array, length: number): Uint8Array {
  if (compression === "zstd") return decompressZstd(piece);
  return zlib.inflateRawSync(piece, {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    chunkSize: Math.max(length, 64),
    maxOutputLength: Math.max(length, 1),
  });
}

/** Node's threads, one of which is left to the disk. */
function poolThreads(): number {
  const configured = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  return Math.max(1, Math.min((Number.isInteger(configured) ? configured : 4) - 1, 16));
}

const emptyLastBlock = Uint8Array.of(3, 0);

/** One member: raw deflate, flushed to whole bytes at the end of each chunk, closed by an empty block. */
function gzipCodec(level: number): ChunkCodec {
  // Node's own threads would hand over memory that nobody uses again, and more of it than its collector can bear.
  const workers = CodecWorkers.open("gzip", level);
  return {
    decode: (buffer, piece, length) => workers.decode(buffer, piece, length),
    parallel: poolThreads(),
    head: gzipHead,
    encode: (buffer, length) =>
      new Promise((resolve, reject) => {
        const options = { level, finishFlush: zlib.constants.Z_SYNC_FLUSH, chunkSize: Math.max(1024, length >> 1) };
        zlib.deflateRaw(buffer.subarray(0, length), options, (error, piece) => {
          if (error) reject(error);
          else resolve({ piece, buffer });
        });
      }),
    tail: (crc, length) => Buffer.concat([emptyLastBlock, gzipTail(crc, length)]),
    close: () => workers.close(),
  };
}

/** A frame for each chunk. */
function zstdCodec(level: number): ChunkCodec {
  const workers = CodecWorkers.open("zstd", level);
  return {
    ...(nodeZstd ? nodeEncoder(nodeZstd, level) : workerEncoder(workers)),
    decode: (buffer, piece, length) => workers.decode(buffer, piece, length),
    head: new Uint8Array(),
    tail: () => new Uint8Array(),
    close: () => workers.close(),
  };
}

type Encoder = Pick<ChunkCodec, "parallel" | "encode">;

function nodeEncoder(library: NodeZstd, level: number): Encoder {
  const params = { [zstdParameters.compressionLevel]: level, [zstdParameters.checksumFlag]: 1 };
  return {
    parallel: poolThreads(),
    encode: (buffer, length) =>
      new Promise((resolve, reject) => {
        library.zstdCompress(buffer.subarray(0, length), { params }, (error, piece) => {
          if (error) reject(error);
          else resolve({ piece, buffer });
        });
      }),
  };
}

function workerEncoder(workers: CodecWorkers): Encoder {
  return {
    parallel: workers.count + 1,
    encode: async (buffer, length) => {
      const { output, input } = await workers.run(buffer, [{ start: 0, end: length, crc: 0 }]);
      return { piece: output, buffer: input };
    },
  };
}
