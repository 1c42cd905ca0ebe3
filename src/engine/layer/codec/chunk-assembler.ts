/**
 * An archive cut into chunks that are compressed on their own. Where they end depends on names and sizes only, so that a changed file
 * disturbs the chunk it is in and no other: after every so many members, chosen by their names, and at fixed steps inside large files.
 */
import { maximumHeaderBytes } from "../tar/go-tar.ts";
import { GatheredHash } from "./gathered-hash.ts";

export interface ChunkProfile {
  /** A chunk ends after one member in so many; a power of two. */
  readonly every: number;
  /** No chunk is longer, apart from headers. */
  readonly longest: number;
  /** Larger files are chunks of their own, cut at multiples of this. */
  readonly step: number;
}

/** All there is of its ArrayBuffer, so that it can change hands between threads. */
export type ChunkBuffer = Buffer<ArrayBuffer>;

export interface Chunk {
  /** Of a pool; goes back there when nobody reads it any more. */
  readonly buffer: ChunkBuffer;
  readonly length: number;
  /** What is in it: chunks of the same identity have the same bytes. Hexadecimal. */
  readonly identity: string;
  /** What is not in the buffer yet. */
  readonly gaps: readonly Gap[];
}

/** Content that is known by its digest, and read when there is no other way to its bytes. */
interface Gap {
  readonly start: number;
  readonly length: number;
  readonly read: ReadContent;
}

/** Fills the target. Throws what reading throws. */
export type ReadContent = (target: Uint8Array) => void;

/** The chunk is whole then. Throws what its readers throw. */
export function fillGaps({ buffer, gaps }: Chunk): void {
  for (const { start, length, read } of gaps) read(buffer.subarray(start, start + length));
}

/** Buffers of one size, used again: allocating them anew for every chunk costs more than filling them. */
export class BufferPool {
  readonly size: number;
  readonly #free: ChunkBuffer[] = [];

  constructor(size: number) {
    this.size = size;
  }

  take(): ChunkBuffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.size);
  }

  give(buffer: ChunkBuffer): void {
    if (buffer.length === this.size) this.#free.push(buffer);
  }
}

export function poolFor(profile: ChunkProfile): BufferPool {
  return new BufferPool(profile.longest + 2 * maximumHeaderBytes);
}

/** Fed with the members of an archive in order; hands on each chunk when it is full. */
export class ChunkAssembler {
  readonly #profile: ChunkProfile;
  readonly #pool: BufferPool;
  readonly #emit: (chunk: Chunk) => void;
  #buffer: ChunkBuffer | undefined;
  #length = 0;
  #gaps: Gap[] = [];
  readonly #identity = new GatheredHash();
  /** Of the member under way. */
  #endsChunk = false;
  #content = 0;

  constructor(profile: ChunkProfile, pool: BufferPool, emit: (chunk: Chunk) => void) {
    this.#profile = profile;
    this.#pool = pool;
    this.#emit = emit;
  }

  /** A member begins, of so many bytes of headers and of content. */
  begin(name: string, headerBytes: number, size: number): void {
    const { every, longest, step } = this.#profile;
    const large = size > step;
    if (this.#length > 0 && (large || this.#length + headerBytes + size > longest)) this.#cut();
    this.#endsChunk = large || hashOfName(name) % every === 0;
    this.#content = size;
  }

  /** Headers, padding, the end of the archive. */
  raw(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + this.#room());
      this.#open().set(part, this.#length);
      this.#length += part.length;
      this.#identity.add(part);
      done += part.length;
    }
  }

  /** The place of the next bytes of content, as many as belong into one piece. Say `filled` when they are there. */
  place(): ChunkBuffer {
    return this.#open().subarray(this.#length, this.#length + Math.min(this.#content, this.#profile.step));
  }

  /** The place was filled with content of a sha256 (hexadecimal): of the piece. */
  filled(bytes: number, sha256: string): void {
    this.#length += bytes;
    this.#content -= bytes;
    this.#identity.addText(sha256);
    if (this.#content > 0) this.#cut();
  }

  /** In place of `place` and `filled`, where the content is one piece and its sha256 (hexadecimal) is known. */
  reserve(sha256: string, read: ReadContent): void {
    this.#open();
    this.#gaps.push({ start: this.#length, length: this.#content, read });
    this.filled(this.#content, sha256);
  }

  /** The member is complete, its padding included. */
  end(): void {
    if (this.#endsChunk) this.#cut();
  }

  /** The archive is complete. */
  finish(): void {
    this.#cut();
  }

  /** Gives the buffer under way back. */
  abandon(): void {
    if (this.#buffer) this.#pool.give(this.#buffer);
    this.#buffer = undefined;
  }

  #open(): ChunkBuffer {
    this.#buffer ??= this.#pool.take();
    return this.#buffer;
  }

  /** Of headers there may be any number without a member's end: a chunk of a pathological archive ends where its buffer does. */
  #room(): number {
    if (this.#length === this.#pool.size) this.#cut();
    return this.#pool.size - this.#length;
  }

  #cut(): void {
    if (!this.#buffer || this.#length === 0) return;
    const identity = this.#identity.digest();
    const chunk: Chunk = { buffer: this.#buffer, length: this.#length, identity, gaps: this.#gaps };
    this.#buffer = undefined;
    this.#length = 0;
    this.#gaps = [];
    this.#emit(chunk);
  }
}

/** FNV-1a. */
function hashOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
