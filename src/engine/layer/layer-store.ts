/** The layers of a store: made of entries, looked into, written out in any encoding. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { openArchiveReader } from "./archive-reader.ts";
import { clampLayer } from "./clamp-layer.ts";
import { missingLayer } from "./content-source.ts";
import { collectEarly } from "./early-collection.ts";
import { encodeEstargz } from "./encode-estargz.ts";
import { encodeLayer } from "./encode-layer.ts";
import { loadEntryIndex } from "./entry-index.ts";
import { fetchBlob, ociMediaType, unpackOrigin } from "./fetch-layer.ts";
import { type ExactEncoding, exactEncoding, findForm, type LayerForm } from "./form.ts";
import type {
  BlobOptions,
  Compression,
  Encoding,
  Layer,
  LayerBlob,
  LayerOrigin,
  LayerStore,
  PackedLayer,
  PackOptions,
} from "./layer.ts";
import { findLayerRecord } from "./layer-record.ts";
import { packLayer } from "./pack.ts";
import { Turns } from "./turns.ts";

/** Holds nothing open between calls; the store it is of is closed by whoever opened it. */
export function openLayerStore(store: EngineStore): LayerStore {
  return new DiskLayers(store);
}

const readBytes = 1024 * 1024;

class DiskLayers implements LayerStore {
  readonly #store: EngineStore;
  readonly #turns = new Turns();
  /** What was listed lately, for as long as somebody has it. */
  readonly #listed = new Map<Digest, WeakRef<readonly TreeEntry[]>>();

  constructor(store: EngineStore) {
    this.#store = store;
  }

  pack = async (entries: Iterable<TreeEntry>, options: PackOptions): Promise<PackedLayer> => {
    const { encoding, ...others } = options;
    const lazy = encoding?.compression === "estargz";
    const collected = collectEarly(entries);
    try {
      const packed = await packLayer(this.#store, entries, lazy ? others : options);
      // Another list may have led to the same archive: nanoseconds are not in it.
      this.#listed.delete(packed.layer.diffId);
      if (lazy) await this.blob(packed.layer, encoding, { signal: options.signal });
      return packed;
    } finally {
      collected();
    }
  };

  entries = async (layer: Layer, signal: AbortSignal): Promise<readonly TreeEntry[]> => {
    signal.throwIfAborted();
    return (await this.#knownEntries(layer, signal)) ?? this.#look(layer, signal);
  };

  archive = async function* (this: DiskLayers, layer: Layer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    await this.#bring(layer, signal);
    const reader = await openArchiveReader(this.#store, layer.diffId);
    if (!reader) throw missingLayer(layer.diffId);
    try {
      for (let offset = 0; offset < reader.size; ) {
        signal.throwIfAborted();
        const piece = Buffer.allocUnsafeSlow(Math.min(readBytes, reader.size - offset));
        reader.read(offset, piece);
        yield piece;
        offset += piece.length;
        await nextTurn();
      }
    } finally {
      reader.close();
    }
  };

  blob = async (layer: Layer, encoding: Encoding, options: BlobOptions): Promise<LayerBlob> => {
    options.signal.throwIfAborted();
    const { origin } = layer;
    if (origin && !(options.force && !isEncodedAs(origin.descriptor, encoding)))
      return this.#original(layer, origin, options.signal);
    const exact = exactEncoding(encoding);
    const form = await this.#turns.take(`${layer.diffId} ${exact.compression} ${exact.level}`, async () => {
      const known = await findForm(this.#store, layer.diffId, exact);
      if (known) return known;
      await this.#bring(layer, options.signal);
      return this.#encode(layer, exact, options);
    });
    return this.#blobOf(form, exact.compression);
  };

  clamped = async (layer: Layer, epochSeconds: number, signal: AbortSignal): Promise<Layer> => {
    await this.#bring(layer, signal);
    return this.#turns.take(`${layer.diffId} clamped`, () =>
      clampLayer(this.#store, layer, { epochSeconds, signal, entries: () => this.entries(layer, signal) }),
    );
  };

  has = async ({ diffId, origin }: Layer): Promise<boolean> =>
    origin !== undefined || (await findLayerRecord(this.#store, diffId)) !== undefined;

  async #knownEntries({ diffId }: Layer, signal: AbortSignal): Promise<readonly TreeEntry[] | undefined> {
    const record = await findLayerRecord(this.#store, diffId);
    if (record === undefined) return undefined;
    const listed = this.#listed.get(diffId)?.deref();
    if (listed !== undefined) return listed;
    const entries = await loadEntryIndex(record.index, { store: this.#store, diffId, signal });
    if (entries !== undefined) this.#listed.set(diffId, new WeakRef(entries));
    return entries;
  }

  #look(layer: Layer, signal: AbortSignal): Promise<readonly TreeEntry[]> {
    return this.#turns.take(layer.diffId, async () => {
      const known = await this.#knownEntries(layer, signal);
      if (known) return known;
      if (!layer.origin && !(await this.#store.blobs.has(layer.diffId))) throw missingLayer(layer.diffId);
      return unpackOrigin(this.#store, layer, signal);
    });
  }

  /** Makes sure that the archive can be read. */
  async #bring(layer: Layer, signal: AbortSignal): Promise<void> {
    if ((await findLayerRecord(this.#store, layer.diffId)) === undefined) await this.#look(layer, signal);
  }

  #encode(layer: Layer, exact: ExactEncoding, options: BlobOptions): Promise<LayerForm> {
    const encode = exact.compression === "estargz" ? encodeEstargz : encodeLayer;
    return encode(this.#store, layer.diffId, exact, options);
  }

  async #original({ diffId }: Layer, origin: LayerOrigin, signal: AbortSignal): Promise<LayerBlob> {
    const { descriptor } = origin;
    await this.#turns.take(descriptor.digest, () => fetchBlob(this.#store, origin, signal));
    return {
      descriptor: { ...descriptor, mediaType: ociMediaType(descriptor.mediaType) },
      diffId,
      file: this.#store.blobs.file(descriptor.digest),
    };
  }

  #blobOf({ digest, size, diffId, annotations }: LayerForm, compression: Compression): LayerBlob {
    const mediaType = layerTypes[compression];
    const descriptor: Descriptor = { mediaType, digest, size, ...(annotations === undefined ? {} : { annotations }) };
    return { descriptor, diffId, file: this.#store.blobs.file(digest) };
  }
}

const layerTypes: Readonly<Record<Compression, string>> = {
  uncompressed: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  estargz: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

/** A layer that came in the encoding that is asked for is not made anew, unless for its level. */
export function isEncodedAs(descriptor: Descriptor, { compression, level }: Encoding): boolean {
  const lazy = descriptor.annotations?.["containerd.io/snapshot/stargz/toc.digest"] !== undefined;
  if (level !== undefined || lazy !== (compression === "estargz")) return false;
  return ociMediaType(descriptor.mediaType) === layerTypes[compression];
}
