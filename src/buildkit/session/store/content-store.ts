/** Blobs by digest, as a daemon reads and writes them through a session: caches in folders, OCI layouts. */

/** What the content service needs of a store. */
export interface ContentStore {
  /** Undefined when the blob is not there. */
  readonly size: (digest: string) => Promise<number | undefined>;
  /** Pieces of a blob, from the offset on. Rejects when it is not there. */
  readonly read: (digest: string, offset: number, sizeBytes: number) => AsyncIterable<Uint8Array>;
  /** Undefined for a store that is only read. */
  readonly write?: () => Promise<ContentWriter>;
}

/** A blob on its way into a store: visible with `commit` and not before. */
export interface ContentWriter {
  readonly write: (data: Uint8Array) => Promise<void>;
  /**
   * Resolves to the digest. When it is not the expected one, `mismatch` is what it is instead and nothing is kept;
   * an empty expectation is met by everything.
   */
  readonly commit: (expected: string) => Promise<{ readonly digest: string } | { readonly mismatch: string }>;
  /** Removes what was written. Idempotent; never throws; does nothing after a commit. */
  readonly discard: () => Promise<void>;
}
