/** Layers: what a step changed, as an uncompressed archive known by its digest (the diff ID), with its compressed forms beside it. */
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { TreeEntry } from "../tree/entry.ts";

/** A layer as plain data. What it holds is asked of the `LayerStore`. */
export interface Layer {
  readonly diffId: Digest;
  /** Set for a layer of an image that was built elsewhere: it is written out as it came, and fetched only when it is looked into. */
  readonly origin?: LayerOrigin;
}

export interface LayerOrigin {
  /** Of the compressed blob. */
  readonly descriptor: Descriptor;
  /** Registry and repository it can be mounted from when it is pushed to the same registry. */
  readonly repository?: { readonly registry: string; readonly repository: string };
  /** The blob from its start, or from an offset; not verified yet. Each call reads anew. Rejects with a TsbakeError. */
  readonly fetch: (signal: AbortSignal, offset?: number) => Promise<AsyncIterable<Uint8Array>>;
  /** Made by a step, and had from a cache: it is written as what is made here, in the encoding and with the times that are asked for. */
  readonly own?: boolean;
}

export type Compression = "uncompressed" | "gzip" | "estargz" | "zstd";

export interface Encoding {
  readonly compression: Compression;
  /** As the codec counts; absent for its default. */
  readonly level?: number;
}

/** A layer in one encoding, as a file on this machine. */
export interface LayerBlob {
  /** Media type of OCI; annotations where the encoding has some (estargz). */
  readonly descriptor: Descriptor;
  /** Of what the blob holds when unpacked: for estargz another one than the layer's, since its table of contents is an entry too. */
  readonly diffId: Digest;
  /** Absolute, immutable. */
  readonly file: string;
}

export interface PackOptions {
  /** Made in the same pass, so that the content is read once. Default: kept uncompressed. */
  readonly encoding?: Encoding;
  readonly signal: AbortSignal;
  /** Called now and then with the bytes of content read so far. */
  readonly onProgress?: (bytes: number) => void;
  /** The layer that this step made last time: what did not change is taken from its compressed pieces. */
  readonly previous?: Digest;
}

export interface PackedLayer {
  readonly layer: Layer;
  /** Of every file with content on disk: path to hexadecimal sha256. */
  readonly contents: ReadonlyMap<string, string>;
}

export interface LayerStore {
  /**
   * Writes a layer of the entries, which come in walk order: a folder before what is in it, names sorted by bytes, parents of everything
   * included, the root left out. Deterministic: the same entries make the same bytes. Rejects with a BuildFailure when a file cannot be
   * read or changes underfoot, with a TsbakeError when the store cannot be written; nothing is left behind then.
   */
  readonly pack: (entries: Iterable<TreeEntry>, options: PackOptions) => Promise<PackedLayer>;
  /** What a layer holds, in the order of its archive. Fetches it first when it has not been looked into before. */
  readonly entries: (layer: Layer, signal: AbortSignal) => Promise<readonly TreeEntry[]>;
  /** The uncompressed archive. */
  readonly archive: (layer: Layer, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** The layer in an encoding, made when it is not there yet. A layer with an origin is given as it came unless `force`. */
  readonly blob: (layer: Layer, encoding: Encoding, options: BlobOptions) => Promise<LayerBlob>;
  /** The same layer with no time after the given one (seconds since the epoch); the very same when it has none. */
  readonly clamped: (layer: Layer, epochSeconds: number, signal: AbortSignal) => Promise<Layer>;
  /** Whether the layer can be had without building it again: its bytes are here, or it has an origin. */
  readonly has: (layer: Layer) => Promise<boolean>;
}

export interface BlobOptions {
  readonly signal: AbortSignal;
  readonly force?: boolean;
  readonly onProgress?: (bytes: number) => void;
}
