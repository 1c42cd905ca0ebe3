/** What the engine keeps between runs: content by digest, and what is known of it by key. Safe under many processes at once. */
import type { Digest } from "../../oci/digest.ts";
import type { DiskContent } from "../tree/entry.ts";

export interface EngineStore {
  /** Absolute; the root of everything below. */
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly records: RecordStore;
  readonly hashes: FileHashes;
  /** A folder inside the store that goes with this process: for work under way. */
  readonly temporaryFolder: () => Promise<string>;
  /** A folder of the store with a name of its own (`snapshots`, `mounts`, `git`), made when it is missing. */
  readonly room: (name: string) => Promise<string>;
  /**
   * Holds a blob or a layer against pruning until the store is closed. First lease, then look whether it is there. What was written, and what
   * records that were found or saved use, is held by itself.
   */
  readonly lease: (digest: Digest) => void;
  /** Writes what is still to be written, gives up the lease. Idempotent, never throws. */
  readonly close: () => Promise<void>;
}

export interface BlobStore {
  readonly has: (digest: Digest) => Promise<boolean>;
  /** Absolute; whether it is there is for `has`. */
  readonly file: (digest: Digest) => string;
  readonly size: (digest: Digest) => Promise<number | undefined>;
  /** Stages a blob of which the digest is not known yet. */
  readonly create: () => Promise<BlobWriter>;
  readonly put: (content: Uint8Array) => Promise<{ readonly digest: Digest; readonly size: number }>;
  /** The whole of a small blob, verified. Undefined when it is missing or damaged. */
  readonly read: (digest: Digest) => Promise<Uint8Array | undefined>;
}

/** Writes are in order; memory does not grow with them: await each, or take the returned backpressure. */
export interface BlobWriter {
  /** Hashes and writes. The buffer belongs to the writer until the promise resolves. */
  readonly write: (chunk: Uint8Array) => Promise<void> | void;
  /** Durable and visible under its digest; when it is known already, the staged copy goes. With `expected`, another digest is a TsbakeError. */
  readonly commit: (expected?: Digest) => Promise<{ readonly digest: Digest; readonly size: number }>;
  readonly discard: () => Promise<void>;
}

/**
 * Small JSON values by key, in kinds: `step`, `layer`, `image`. A record that cannot be read does not exist.
 *
 * Pruning reads three fields of a value, where it has them (`RecordUses`); all others are its owner's. A record is as old as its last `find`
 * or `save`, and what it uses is no older than it.
 */
export interface RecordStore {
  readonly find: (kind: string, key: string) => Promise<unknown>;
  /** Atomic; the last one wins. */
  readonly save: (kind: string, key: string, value: unknown) => Promise<void>;
  readonly remove: (kind: string, key: string) => Promise<void>;
}

/** The sha256 of files on disk, remembered by what `lstat` says of them. */
export interface FileHashes {
  /** Hexadecimal; undefined when it is not known, or the file is too young to be told by its times. */
  readonly find: (content: DiskContent) => string | undefined;
  readonly learn: (content: DiskContent, sha256: string) => void;
  /** Loads what is known of the files below a folder; before the first `find` of them. */
  readonly open: (folder: string) => Promise<void>;
}

/** What any record may say to keep what it needs. */
export interface RecordUses {
  /**
   * What the value is worthless without: digests of blobs, and keys of `layer` records (diff IDs). They are kept as long as the record is,
   * and `find` does not find a record that misses one.
   */
  readonly uses?: readonly Digest[];
  /** Milliseconds since the epoch, where it is later than the last `find` and `save`. */
  readonly lastUsed?: number;
  /** For people, in `tsbake du`: an instruction, a name of an image. */
  readonly description?: string;
}
