/** A cache in a registry. */
import { allOrNone } from "../../execute/all-or-none.ts";
import { formatReference } from "../../oci/reference.ts";
import type { BlobContent, Repository } from "../../registry/client.ts";
import { fileContent } from "../../registry/file-content.ts";
import type { RegistryPlace } from "./cache-places.ts";
import type { CacheBlob, ComposedCache, WriteOptions } from "./write-cache.ts";

/** A registry takes that many uploads of one client at a time well. */
const uploadsAtOnce = 4;

export async function pushCache(
  { blobs, config, manifest }: ComposedCache,
  { reference, insecure }: RegistryPlace,
  { registry, signal, onProgress }: WriteOptions,
): Promise<void> {
  const repository = registry.repository(reference, { push: true, insecure });
  await allOrNone(blobs, { atOnce: uploadsAtOnce, signal }, async (blob, own) => {
    const { digest, size } = blob.descriptor;
    await repository.pushBlob(blob.descriptor, contentOf(blob), {
      signal: own,
      mountFrom: lenders(blob, repository),
      onProgress: (current) => onProgress({ id: `writing layer ${digest}`, current, total: size }),
    });
  });
  await repository.pushBlob(config.descriptor, (offset) => piece(config.bytes.subarray(offset)), { signal });
  const { mediaType } = manifest.descriptor;
  await repository.pushManifest({ reference: reference.tag ?? "latest", mediaType, bytes: manifest.bytes }, signal);
  const total = manifest.bytes.length;
  onProgress({ id: `writing cache manifest for ${formatReference(reference)}`, current: total, total });
}

function lenders({ repository }: CacheBlob, { registry }: Repository): readonly string[] {
  return repository?.registry === registry ? [repository.repository] : [];
}

function contentOf({ file }: CacheBlob): BlobContent {
  return async function* (offset) {
    yield* fileContent(await file())(offset);
  };
}

async function* piece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
