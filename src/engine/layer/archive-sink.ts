/** Where the chunks of an archive go: into a blob, as they are or compressed. */
import type { BlobWriter, EngineStore } from "../store/store.ts";
import { type ChunkRow, saveChunkTable } from "./chunk-table.ts";
import { type BufferPool, type Chunk, type ChunkProfile, poolFor } from "./codec/chunk-assembler.ts";
import { type ChunkCodec, chunkProfiles, openCodec } from "./codec/chunk-codec.ts";
import { combineCrc32, crc32 } from "./codec/crc32.ts";
import { OrderedWriter } from "./codec/ordered-writer.ts";
import type { ExactEncoding, LayerForm } from "./form.ts";
import type { KnownPieces } from "./known-pieces.ts";

export interface ArchiveSink {
  readonly profile: ChunkProfile;
  readonly pool: BufferPool;
  /** Takes the chunk over. */
  readonly push: (chunk: Chunk) => void;
  /** Ask `drain` before pushing more. */
  readonly busy: () => boolean;
  readonly drain: () => Promise<void>;
  /** Everything was pushed; the blob is in the store. */
  readonly finish: () => Promise<Omit<LayerForm, "diffId">>;
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

  push = ({ buffer, length }: Chunk): void =>
    this.#ordered.add(buffer.subarray(0, length), { over: () => this.pool.give(buffer) });

  busy = (): boolean => this.#ordered.busy;

  drain = (): Promise<void> => this.#ordered.drain();

  finish = async (): Promise<Omit<LayerForm, "diffId">> => {
    await this.#ordered.finish();
    return this.#writer.commit();
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

class ChunkedSink implements ArchiveSink {
  readonly profile: ChunkProfile;
  readonly pool: BufferPool;
  readonly #store: EngineStore;
  readonly #codec: ChunkCodec;
  readonly #known: KnownPieces | undefined;
  readonly #writer: BlobWriter;
  readonly #ordered: OrderedWriter;
  readonly #rows: ChunkRow[] = [];
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
    if (codec.head.length > 0) this.#ordered.add(codec.head);
  }

  push = (chunk: Chunk): void => {
    const crc = crc32(chunk.buffer.subarray(0, chunk.length));
    const { length, identity } = chunk;
    const known = this.#known?.find(identity, length, crc);
    if (known) this.pool.give(chunk.buffer);
    this.#ordered.add(known ?? this.#encode(chunk), { turn: (piece) => this.#note({ length, crc, identity }, piece) });
  };

  busy = (): boolean => this.#ordered.busy;

  drain = (): Promise<void> => this.#ordered.drain();

  finish = async (): Promise<Omit<LayerForm, "diffId">> => {
    await this.#ordered.finish();
    const tail = this.#codec.tail(this.#crc, this.#start);
    if (tail.length > 0) await this.#writer.write(tail);
    const blob = await this.#writer.commit();
    const chunks = await saveChunkTable(this.#store, this.#codec.head.length, this.#rows);
    await this.#release();
    return { ...blob, chunks };
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

  async #encode(chunk: Chunk): Promise<Uint8Array> {
    const { piece, buffer } = await this.#codec.encode(chunk.buffer, chunk.length);
    this.pool.give(buffer);
    return piece;
  }

  #note(chunk: Pick<ChunkRow, "length" | "crc" | "identity">, piece: Uint8Array): void {
    const place = { start: this.#start, pieceStart: this.#pieceStart };
    this.#rows.push({ ...chunk, ...place, pieceLength: piece.length, pieceCrc: crc32(piece) });
    this.#crc = combineCrc32(this.#crc, chunk.crc, chunk.length);
    this.#start += chunk.length;
    this.#pieceStart += piece.length;
  }
}
