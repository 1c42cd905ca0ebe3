/** The client of the OCI distribution protocol (distribution specification 1.1): what images are pulled from and pushed to. */
import type { HostEnvironment } from "../base/host-environment.ts";
import type { Clock } from "../execute/ports.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";

export interface RegistryOptions {
  readonly environment: HostEnvironment;
  /** Waits between tries. Default: the system's. */
  readonly clock?: Clock;
  /** Told, in one sentence, of what went wrong and is tried again, or had from elsewhere. */
  readonly onTrouble?: (message: string) => void;
}

/** Opened once a node; connections, tokens and credentials are shared by everything that goes through it. */
export interface RegistryClient {
  /** Asks nothing yet. The same repository may be opened many times. */
  readonly repository: (name: RepositoryName, options?: RepositoryOptions) => Repository;
  /** Ends connections, what is under way included. Idempotent; never throws. */
  readonly close: () => Promise<void>;
}

/** As `ImageReference` of `oci/reference.ts` has it: `docker.io` and `library/alpine`. */
export interface RepositoryName {
  readonly registry: string;
  readonly repository: string;
}

export interface RepositoryOptions {
  /** The right to push is asked for with the first token. */
  readonly push?: boolean;
  /** `registry.insecure`: certificates are not checked, and plain HTTP is spoken where HTTPS is not. */
  readonly insecure?: boolean;
}

/**
 * Everything rejects with a TsbakeError `registry/…`, or with the signal's reason. What is transient was tried again before; what is
 * answered was verified: digest and size of every byte.
 */
export interface Repository extends RepositoryName {
  /** Which manifest a tag or digest stands for. Rejects with `registry/not-found` when there is none. Mirrors are asked first. */
  readonly resolve: (reference: string, signal: AbortSignal) => Promise<Descriptor>;
  /** A manifest or index by tag or digest, at most 8 MiB. */
  readonly manifest: (reference: string, signal: AbortSignal) => Promise<Manifest>;
  /**
   * The blob from `offset` to its end, taken up again where it broke off. Reading it to the end without an error means that all of it is
   * right; from another offset than 0 only the size is known to be.
   */
  readonly blob: (descriptor: Descriptor, options: BlobOptions) => AsyncIterable<Uint8Array>;
  /** Asks the registry itself, no mirror. */
  readonly hasBlob: (digest: Digest, signal: AbortSignal) => Promise<boolean>;
  /** Does nothing when the registry has the blob. */
  readonly pushBlob: (descriptor: Descriptor, content: BlobContent, options: PushOptions) => Promise<Pushed>;
  /** Everything it refers to must have been pushed before. Resolves with the digest the registry knows it by. */
  readonly pushManifest: (manifest: ManifestPush, signal: AbortSignal) => Promise<Digest>;
}

export interface Manifest {
  /** Media type, digest and size of `bytes`. */
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface BlobOptions {
  readonly signal: AbortSignal;
  readonly offset?: number;
}

/** The content of a blob from an offset to its end, as often as it is asked for: an upload may have to start over. */
export type BlobContent = (offset: number) => AsyncIterable<Uint8Array>;

export type Pushed = "exists" | "mounted" | "uploaded";

export interface PushOptions {
  readonly signal: AbortSignal;
  /** Repositories of the same registry that are known to have the blob, best first: one of them may lend it without an upload. */
  readonly mountFrom?: readonly string[];
  /** The bytes sent so far; fewer than before when an upload starts over. The whole size in the end, however it got there. */
  readonly onProgress?: (bytes: number) => void;
}

export interface ManifestPush {
  /** A tag, or the digest of the bytes. */
  readonly reference: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
