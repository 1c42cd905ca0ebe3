/** Writing a cache: blobs first, the name last, so that a name never stands for half a cache. */
import { allOrNone } from "../../execute/all-or-none.ts";
import { dockerLayerTypes } from "../../oci/assemble-image.ts";
import { type Blob, documentBlob } from "../../oci/blob.ts";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { renderIndex, renderManifest } from "../../oci/image-json.ts";
import { formatReference } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { Layer, LayerStore } from "../layer/layer.ts";
import { bare, cacheConfigType, createdAnnotation, diffIdAnnotation, tableOf } from "./cache-document.ts";
import type { StoredDestination } from "./cache-places.ts";
import type { CachedChain, CachedLayer } from "./cached-layer.ts";
import { pushCache } from "./push-cache.ts";
import { writeCacheFolder } from "./write-cache-folder.ts";

export interface CacheBlob {
  readonly descriptor: Descriptor;
  /** Absolute; fetched when it is asked for and not on this machine. */
  readonly file: () => Promise<string>;
  /** Of the same registry, that may lend it. */
  readonly repository?: { readonly registry: string; readonly repository: string };
}

/** A cache ready to be written. */
export interface ComposedCache {
  /** What it refers to, each once. */
  readonly blobs: readonly CacheBlob[];
  readonly config: Blob;
  readonly manifest: Blob;
}

export interface WriteOptions {
  readonly layers: LayerStore;
  readonly registry: RegistryClient;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly id: string; readonly current: number; readonly total: number }) => void;
}

const encodersAtOnce = 2;

/** False when there is nothing to write: no step made a layer. */
export async function writeCache(
  chains: readonly CachedChain[],
  destination: StoredDestination,
  options: WriteOptions,
): Promise<boolean> {
  const cache = await composeCache(chains, destination, options);
  if (cache === undefined) return false;
  const { place } = destination;
  if (place.kind === "local") await writeCacheFolder(cache, place, options);
  else await pushCache(cache, place, options);
  return true;
}

/** For people, as the name of a task. */
export function describeWriting({ place }: StoredDestination): string {
  return place.kind === "local"
    ? `exporting cache to client directory ${place.folder}`
    : `exporting cache to registry ${formatReference(place.reference)}`;
}

async function composeCache(
  chains: readonly CachedChain[],
  destination: StoredDestination,
  { layers, signal }: WriteOptions,
): Promise<ComposedCache | undefined> {
  const distinct = new Map<Digest, CachedLayer>();
  for (const each of chains.flat()) if (!distinct.has(each.layer.diffId)) distinct.set(each.layer.diffId, each);
  if (distinct.size === 0) return undefined;
  const encoded = await allOrNone([...distinct.values()], { atOnce: encodersAtOnce, signal }, async (each, own) => {
    const blob = await encode(each.layer, destination, layers, own);
    return { each, blob: { ...blob, descriptor: told(blob.descriptor, each, destination) } };
  });
  const blobs = new Map(encoded.map(({ each, blob }) => [each.layer.diffId, blob]));
  const table = tableOf(chains, new Map([...blobs].map(([diffId, { descriptor }]) => [diffId, descriptor])));
  const config = documentBlob(cacheConfigType, JSON.stringify(table));
  // The same archive may be there under two diff IDs only by accident: blobs go by their digests.
  const unique = [...new Map([...blobs.values()].map((blob) => [blob.descriptor.digest, blob])).values()];
  return { blobs: unique, config, manifest: manifestOf(unique, config, destination) };
}

/** A layer of another cache stays as it came, unless it has to be written anew. */
async function encode(
  layer: Layer,
  { encoding, force }: StoredDestination,
  layers: LayerStore,
  signal: AbortSignal,
): Promise<CacheBlob> {
  const { origin } = layer;
  if (origin !== undefined && !force) {
    return {
      descriptor: origin.descriptor,
      ...(origin.repository === undefined ? {} : { repository: origin.repository }),
      file: async () => (await layers.blob(layer, encoding, { signal })).file,
    };
  }
  const { descriptor, file } = await layers.blob(layer, encoding, { signal, force });
  return { descriptor, file: async () => file };
}

/** With what a reader must know before it has the layer. */
function told(blob: Descriptor, { layer, createdMs }: CachedLayer, { docker }: StoredDestination): Descriptor {
  return {
    ...bare(blob),
    mediaType: docker ? (dockerLayerTypes.get(blob.mediaType) ?? blob.mediaType) : blob.mediaType,
    annotations: {
      [createdAnnotation]: new Date(createdMs).toISOString(),
      [diffIdAnnotation]: layer.diffId,
    },
  };
}

function manifestOf(
  blobs: readonly CacheBlob[],
  { descriptor: config }: Blob,
  { imageManifest, docker }: StoredDestination,
): Blob {
  const layers = blobs.map(({ descriptor }) => descriptor);
  if (imageManifest) {
    const mediaType = mediaTypes.ociManifest;
    return documentBlob(mediaType, renderManifest({ mediaType, config, layers }));
  }
  const mediaType = docker ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  return documentBlob(mediaType, renderIndex({ mediaType, manifests: [...layers, config] }));
}
