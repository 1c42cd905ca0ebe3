/** Reading a cache: only what it says of itself. Layers are fetched by whoever looks into them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TsbakeError } from "../../base/errors.ts";
import { isRecord, stringField } from "../../base/json-shape.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { formatReference } from "../../oci/reference.ts";
import type { RegistryClient, Repository } from "../../registry/client.ts";
import type { LayerOrigin } from "../layer/layer.ts";
import { parseConfig, parseDocument } from "../source/image-documents.ts";
import { chooseEntry, readBlob, readDocument, readIndex } from "../source/layout-source.ts";
import { bare, readCacheManifest, readRecords, readTable, type ToldLayer } from "./cache-document.ts";
import type { CacheSource, FolderSource, RegistryPlace } from "./cache-places.ts";
import type { CachedLayer } from "./cached-layer.ts";

/** Of images: none holds more manifests worth looking into. */
const mostManifests = 32;
const largestConfigBytes = 64 << 20;

/** For people. */
export function nameOfCache(source: CacheSource): string {
  return source.kind === "local" ? source.folder : formatReference(source.reference);
}

/** Steps by their keys. Rejects with a TsbakeError when there is no cache, or it cannot be reached. */
export async function readCache(
  source: CacheSource,
  registry: RegistryClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CachedLayer>> {
  const place = source.kind === "local" ? await folderPlace(source) : await registryPlace(source, registry, signal);
  const told = await readSteps(place, place.top, 0);
  return new Map(
    [...told].map(([key, { diffId, descriptor, createdMs }]) => [
      key,
      { key, createdMs, layer: { diffId, origin: place.origin(descriptor) } },
    ]),
  );
}

interface Place {
  readonly top: Digest;
  readonly manifest: (digest: Digest) => Promise<Uint8Array>;
  readonly blob: (descriptor: Descriptor) => Promise<Uint8Array>;
  readonly origin: (descriptor: Descriptor) => LayerOrigin;
}

async function folderPlace({ folder, tag, digest }: FolderSource): Promise<Place> {
  if (!existsSync(join(folder, "index.json"))) {
    throw new TsbakeError("engine/no-cache", `${folder} holds no cache`, {
      hint: "the first build with cache-to writes one",
    });
  }
  return {
    top: digest ?? chooseEntry(folder, tag, await readIndex(folder)).digest,
    manifest: (each) => readDocument(folder, each),
    blob: (each) => readDocument(folder, each.digest),
    origin: (descriptor) => ({
      descriptor,
      own: true,
      fetch: async (signal, offset = 0) => readBlob(folder, descriptor, { offset, signal }),
    }),
  };
}

async function registryPlace(
  { reference, insecure }: RegistryPlace,
  registry: RegistryClient,
  signal: AbortSignal,
): Promise<Place> {
  const repository = registry.repository(reference, { insecure });
  const { digest } = await repository.resolve(reference.digest ?? reference.tag ?? "latest", signal);
  return {
    top: digest,
    manifest: async (each) => (await repository.manifest(each, signal)).bytes,
    blob: (each) => readWhole(repository, each, signal),
    origin: (descriptor) => ({
      descriptor,
      own: true,
      repository: { registry: repository.registry, repository: repository.repository },
      fetch: async (fetchSignal, offset = 0) => repository.blob(descriptor, { signal: fetchSignal, offset }),
    }),
  };
}

/** Of a cache, of an image with a cache inside, or of all images of an index. */
async function readSteps(place: Place, digest: Digest, depth: number): Promise<ReadonlyMap<string, ToldLayer>> {
  const bytes = await place.manifest(digest);
  const cache = readCacheManifest(parseJson(bytes));
  if (cache !== undefined) {
    return readTable(parseJson(await place.blob(cache.config)), cache.layers);
  }
  const document = parseDocument(bytes);
  if (document?.kind === "manifest") return readInline(place, document.config, document.layers);
  if (document === undefined || depth > 0) return new Map();
  const images = document.manifests.filter(({ platform }) => platform?.os !== "unknown").slice(0, mostManifests);
  const all: [string, ToldLayer][] = [];
  for (const image of images) all.push(...(await readSteps(place, image.digest, depth + 1)));
  return new Map(all);
}

async function readInline(
  place: Place,
  config: Descriptor,
  layers: readonly Descriptor[],
): Promise<ReadonlyMap<string, ToldLayer>> {
  const bytes = await place.blob(config);
  const document = parseJson(bytes);
  const inline = stringField(document, "moby.buildkit.cache.v0");
  if (inline === undefined || !isRecord(document)) return new Map();
  const diffIds = parseConfig(bytes, { os: "linux", architecture: "" })?.rootfs.diff_ids ?? [];
  const told = layers.map((descriptor, index) => {
    const diffId = diffIds[index];
    return diffId === undefined || !isDigest(diffId) ? undefined : { diffId, descriptor: bare(descriptor) };
  });
  return readRecords(parseJson(Buffer.from(inline, "base64")), told);
}

async function readWhole(repository: Repository, descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array> {
  if (descriptor.size > largestConfigBytes) throw new Error(`${descriptor.digest} is too large for a configuration`);
  const all: Uint8Array[] = [];
  for await (const chunk of repository.blob(descriptor, { signal })) all.push(chunk);
  return Buffer.concat(all);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
