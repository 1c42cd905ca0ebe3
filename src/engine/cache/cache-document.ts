/**
 * The configuration of a cache, in the shape BuildKit has for it (`application/vnd.buildkit.cacheconfig.v0`): a table of layers, each with the
 * one below it, and records that say which step made which. The digests of our records are the keys of our steps.
 *
 *     {"layers":  [{"blob": "sha256:…", "parent": -1, "annotations": {"diffID": …, "mediaType": …, "size": …, "createdAt": …}}],
 *      "records": [{"digest": "sha256:<key>", "layers": [{"layer": 0, "createdAt": …}]}]}
 */
import { isRecord, stringField } from "../../base/json-shape.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestHex, isDigest } from "../../oci/digest.ts";
import { readDescriptor } from "../../oci/read-document.ts";
import type { CachedChain } from "./cached-layer.ts";

export const cacheConfigType = "application/vnd.buildkit.cacheconfig.v0";
/** Of the descriptors of layers. */
export const diffIdAnnotation = "containerd.io/uncompressed";
export const createdAnnotation = "buildkit/createdat";

export interface CacheTable {
  readonly layers: readonly TableLayer[];
  readonly records: readonly TableRecord[];
}

interface TableLayer {
  readonly blob: Digest;
  /** -1 below the lowest. */
  readonly parent: number;
  readonly annotations: LayerFacts;
}

interface LayerFacts {
  readonly mediaType: string;
  readonly diffID: Digest;
  readonly size: number;
  readonly createdAt: string;
}

export interface TableRecord {
  readonly digest: Digest;
  readonly layers: readonly RecordLayer[];
}

interface RecordLayer {
  /** Its place in the table. */
  readonly layer: number;
  readonly createdAt: string;
}

/** A layer that a step made, as a cache tells of it. */
export interface ToldLayer {
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
  readonly createdMs: number;
}

/** The table of chains whose layers are written as the given blobs; the same layer on the same ones is there once. */
export function tableOf(chains: readonly CachedChain[], blobs: ReadonlyMap<Digest, Descriptor>): CacheTable {
  const places = new Map<string, number>();
  const layers: TableLayer[] = [];
  const records = new Map<string, Map<number, RecordLayer>>();
  for (const chain of chains) {
    let parent = -1;
    for (const { key, layer, createdMs } of chain) {
      const blob = blobs.get(layer.diffId);
      if (blob === undefined) throw new Error(`layer ${layer.diffId} of the cache has no blob`);
      const createdAt = new Date(createdMs).toISOString();
      const place = places.get(`${parent} ${layer.diffId}`) ?? layers.length;
      if (place === layers.length) {
        places.set(`${parent} ${layer.diffId}`, place);
        const { mediaType, digest, size } = blob;
        layers.push({ blob: digest, parent, annotations: { mediaType, diffID: layer.diffId, size, createdAt } });
      }
      const made = records.get(key) ?? new Map<number, RecordLayer>();
      made.set(place, { layer: place, createdAt });
      records.set(key, made);
      parent = place;
    }
  }
  return { layers, records: [...records].map(([key, made]) => recordOf(key, [...made.values()])) };
}

/** The records of an image that holds its own cache: places are those of its layers. */
export function inlineRecords(chains: readonly CachedChain[], diffIds: readonly Digest[]): readonly TableRecord[] {
  const places = new Map(diffIds.map((diffId, place) => [diffId, place]));
  const records = new Map<string, TableRecord>();
  for (const { key, layer, createdMs } of chains.flat()) {
    const place = places.get(layer.diffId);
    if (place === undefined) continue;
    records.set(key, recordOf(key, [{ layer: place, createdAt: new Date(createdMs).toISOString() }]));
  }
  return [...records.values()];
}

function recordOf(key: string, layers: readonly RecordLayer[]): TableRecord {
  return { digest: `sha256:${key}`, layers };
}

/**
 * Steps by their keys, of a table that anybody may have written: what makes no sense is left out. `descriptors` are those of the manifest,
 * by which blobs are fetched.
 */
export function readTable(document: unknown, descriptors: readonly Descriptor[]): ReadonlyMap<string, ToldLayer> {
  if (!isRecord(document)) return new Map();
  const byDigest = new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor]));
  const layers = listOf(document.layers).map((each) => {
    const blob = stringField(each, "blob");
    const descriptor = blob === undefined || !isDigest(blob) ? undefined : byDigest.get(blob);
    if (descriptor === undefined || !isRecord(each)) return undefined;
    const diffId = descriptor.annotations?.[diffIdAnnotation] ?? stringField(each.annotations, "diffID") ?? "";
    return isDigest(diffId) ? { diffId, descriptor: bare(descriptor) } : undefined;
  });
  return readRecords(document.records, layers);
}

/** Steps by their keys, of records whose places are those of the given layers. */
export function readRecords(
  records: unknown,
  layers: readonly (Omit<ToldLayer, "createdMs"> | undefined)[],
): ReadonlyMap<string, ToldLayer> {
  const told = new Map<string, ToldLayer>();
  for (const record of listOf(records)) {
    const digest = stringField(record, "digest") ?? "";
    if (!isDigest(digest) || !digest.startsWith("sha256:") || !isRecord(record)) continue;
    for (const made of listOf(record.layers)) {
      const layer = isRecord(made) && typeof made.layer === "number" ? layers[made.layer] : undefined;
      const createdMs = Date.parse(stringField(made, "createdAt") ?? "");
      if (layer === undefined || Number.isNaN(createdMs)) continue;
      told.set(digestHex(digest), { ...layer, createdMs });
      break;
    }
  }
  return told;
}

/** The layers and the configuration of the manifest of a cache: an image manifest, or an index that lists both. */
export function readCacheManifest(
  document: unknown,
): { readonly config: Descriptor; readonly layers: readonly Descriptor[] } | undefined {
  if (!isRecord(document)) return undefined;
  const config = readDescriptor(document.config);
  if (config?.mediaType === cacheConfigType) return { config, layers: descriptorsOf(document.layers) };
  const listed = descriptorsOf(document.manifests);
  const found = listed.find(({ mediaType }) => mediaType === cacheConfigType);
  return found === undefined ? undefined : { config: found, layers: listed.filter((each) => each !== found) };
}

/** What a cache says of a layer beside it is nothing an image should say. */
export function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function descriptorsOf(list: unknown): readonly Descriptor[] {
  return listOf(list).flatMap((each) => readDescriptor(each) ?? []);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
