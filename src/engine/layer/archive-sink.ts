/** Where the chunks of an archive go: into a blob, as they are or compressed. */
import { createHash } from "node:crypto";
import type { BlobWriter, EngineStore } from "../store/store.ts";
import { type ChunkRow, saveChunkTable } from "./chunk-table.ts";
import {
  type BufferPool,
  type Chunk,
  type ChunkBuffer,
  type ChunkProfile,
  fillGaps,
  poolFor,
} from "./codec/chunk-assembler.ts";
import { type ChunkCodec, chunkProfiles, openCodec } from "./codec/chunk-codec.ts";
import { combineCrc32, crc32 } from "./codec/crc32.ts";
import { OrderedWriter, type Piece } from "./codec/ordered-writer.ts";
import type { ExactEncoding, LayerForm } from "./form.ts";
import type { KnownPiece, KnownPieces } from "./known-pieces.ts";

export interface ArchiveSink {
  readonly profile: ChunkProfile;
  readonly pool: BufferPool;
  /** Takes the chunk over. Throws what filling its gaps throws. */
  readonly push: (chunk: Chunk) => void;
  /** Ask `drain` before pushing more. */
  readonly busy: () => boolean;
  readonly drain: () => Promise<void>;
  /** Everything was pushed; the blob is in the store. */
  readonly finish: () => Promise<LayerForm>;
  /** Nothing of it stays. Idempotent, never throws. */
  readonly discard: () => Promise<void>;
}

/** `known` are pieces of another blob in the same encoding; the sink closes them. */
export async function openSink(store: EngineStore, encoding: ExactEncoding, known?: KnownPieces): Promise<ArchiveSink> {
  if (encoding.compression === "uncompressed") return new FlatSink(await store.blobs.create());
  let codec: ChunkCodec | undefined;
  try {
    codec = openCodec(encoding);
    const profile = chunkProfiles[encoding.compression === "zstd" ? "zstd" : "gzip"];
    return new ChunkedSink(store, await store.blobs.create(), { codec, profile, known });
  } catch (error) {
    known?.close();
    await codec?.close();
    throw error;
  }
}

class FlatSink implements ArchiveSink {
  readonly profile: ChunkProfile = chunkProfiles.gzip;
  readonly pool: BufferPool = poolFor(chunkProfiles.gzip);
  readonly #writer: BlobWriter;
  readonly #ordered: OrderedWriter;

  constructor(writer: BlobWriter) {
    this.#writer = writer;
    this.#ordered = new OrderedWriter(writer, 4);
  }

  push = (chunk: Chunk): void => {
    fillGaps(chunk);
    const { buffer, length } = chunk;
    this.#ordered.add({ bytes: buffer.subarray(0, length) }, { over: () => this.pool.give(buffer) });
  };

  busy = (): boolean => this.#ordered.busy;

  drain = (): Promise<void> => this.#ordered.drain();

  finish = async (): Promise<LayerForm> => {
    await this.#ordered.finish();
    const blob = await this.#writer.commit();
    return { ...blob, diffId: blob.digest };
  };

  discard = async (): Promise<void> => {
    await this.#ordered.settle();
    await this.#writer.discard();
  };
}

interface ChunkedOptions {
  readonly codec: ChunkCodec;
  readonly profile: ChunkProfile;
  readonly known: KnownPieces | undefined;
}

interface ChunkPiece extends Piece {
  /** The chunk it stands for. */
  readonly buffer: ChunkBuffer;
  readonly length: number;
  readonly crc: number;
}

class ChunkedSink implements ArchiveSink {
  readonly profile: ChunkProfile;
  readonly pool: BufferPool;
  readonly #store: EngineStore;
  readonly #codec: ChunkCodec;
  readonly #known: KnownPieces | undefined;
  readonly #writer: BlobWriter;
  readonly #ordered: OrderedWriter;
  readonly #rows: ChunkRow[] = [];
  /** Of the archive. */
  readonly #hash = createHash("sha256");
  #start = 0;
  #pieceStart: number;
  #crc = 0;

  constructor(store: EngineStore, writer: BlobWriter, { codec, profile, known }: ChunkedOptions) {
    this.#store = store;
    this.#codec = codec;
    this.#known = known;
    this.profile = profile;
    this.pool = poolFor(profile);
    this.#writer = writer;
    this.#ordered = new OrderedWriter(writer, codec.parallel);
    this.#pieceStart = codec.head.length;
    if (codec.head.length > 0) this.#ordered.add({ bytes: codec.head });
  }

  push = (chunk: Chunk): void => {
    const known = this.#known?.find(chunk.identity, chunk.length);
    const piece = known ? this.#taken(chunk, known) : this.#encoded(chunk);
    this.#ordered.add(piece, { turn: (made) => this.#note(chunk.identity, made) });
  };

  busy = (): boolean => this.#ordered.busy;

  drain = (): Promise<void> => this.#ordered.drain();

  finish = async (): Promise<LayerForm> => {
    await this.#ordered.finish();
    const tail = this.#codec.tail(this.#crc, this.#start);
    if (tail.length > 0) await this.#writer.write(tail);
    const blob = await this.#writer.commit();
    const chunks = await saveChunkTable(this.#store, this.#codec.head.length, this.#rows);
    await this.#release();
    return { ...blob, chunks, diffId: `sha256:${this.#hash.digest("hex")}` };
  };

  discard = async (): Promise<void> => {
    // Threads are ended at once: at high levels a chunk takes them seconds.
    await this.#release();
    await this.#ordered.settle();
    await this.#writer.discard();
  };

  async #release(): Promise<void> {
    this.#known?.close();
    await this.#codec.close();
  }

  /** What is not in the chunk is had of the piece: thousands of files are not opened for it. */
  async #taken({ buffer, length, gaps }: Chunk, piece: KnownPiece): Promise<ChunkPiece> {
    if (gaps.length === 0) return { ...piece, buffer, length };
    return { ...piece, buffer: await this.#codec.decode(buffer, piece.bytes, length), length };
  }

  #encoded(chunk: Chunk): Promise<ChunkPiece> {
    fillGaps(chunk);
    const { length } = chunk;
    const crc = crc32(chunk.buffer.subarray(0, length));
    return this.#codec.encode(chunk.buffer, length).then(({ piece, buffer }) => {
      return { bytes: piece, buffer, length, crc };
    });
  }

  #note(identity: string, { bytes, buffer, length, crc }: ChunkPiece): void {
    this.#hash.update(buffer.subarray(0, length));
    this.pool.give(buffer);
    const place = { start: this.#start, pieceStart: this.#pieceStart };
    this.#rows.push({ ...place, length, crc, identity, pieceLength: bytes.length, pieceCrc: crc32(bytes) });
    this.#crc = combineCrc32(this.#crc, crc, length);
    this.#start += length;
    this.#pieceStart += bytes.length;
  }
}
