/** Pushing an image: what others refer to first, the names last, so that a name never stands for half an image. */

import { allOrNone } from "../../../execute/all-or-none.ts";
import { isManifestType } from "../../../oci/descriptor.ts";
import { formatReference, type ImageReference } from "../../../oci/reference.ts";
import type { BlobContent, RegistryClient, Repository } from "../../../registry/client.ts";
import { fileContent } from "../../../registry/file-content.ts";
import type { ComposedImage } from "../compose-image.ts";
import type { EncodedLayer } from "../encode-layers.ts";

export interface PushImageOptions {
  readonly registry: RegistryClient;
  readonly names: readonly ImageReference[];
  readonly insecure: boolean;
  /** No tag is set: the image is known by its digest. */
  readonly byDigest: boolean;
  readonly signal: AbortSignal;
  readonly onStatus: (id: string, current: number, total: number, done: boolean) => void;
}

/** A registry takes that many uploads of one client at a time well. */
const uploadsAtOnce = 4;

/** Names of one repository share what is pushed; a second repository of the same registry takes it from the first. */
export async function pushImage(image: ComposedImage, options: PushImageOptions): Promise<void> {
  const groups = groupNames(options.names);
  const done: Repository[] = [];
  for (const names of groups) {
    const [first] = names;
    if (first === undefined) continue;
    const repository = options.registry.repository(first, { push: true, insecure: options.insecure });
    const siblings = done.filter(({ registry }) => registry === repository.registry).map((each) => each.repository);
    await pushBlobs(image, repository, siblings, options);
    await pushManifests(image, repository, names, options);
    done.push(repository);
  }
}

async function pushBlobs(
  image: ComposedImage,
  repository: Repository,
  siblings: readonly string[],
  { signal, onStatus }: PushImageOptions,
): Promise<void> {
  await allOrNone(uploadsOf(image, repository), { atOnce: uploadsAtOnce, signal }, async (upload, own) => {
    const { descriptor } = upload;
    const id = `pushing ${upload.what} ${descriptor.digest}`;
    onStatus(id, 0, descriptor.size, false);
    await repository.pushBlob(descriptor, upload.content, {
      signal: own,
      mountFrom: [...siblings, ...upload.mountFrom],
      onProgress: (bytes) => onStatus(id, bytes, descriptor.size, false),
    });
    onStatus(id, descriptor.size, descriptor.size, true);
  });
}

interface Upload extends Pick<EncodedLayer, "descriptor"> {
  readonly what: "layer" | "config" | "attestation";
  readonly content: BlobContent;
  readonly mountFrom: readonly string[];
}

function uploadsOf(image: ComposedImage, { registry }: Repository): readonly Upload[] {
  const documents = image.documents
    .filter(({ descriptor }) => !isManifestType(descriptor.mediaType))
    .map(({ descriptor, bytes }): Upload => {
      const what = descriptor.mediaType.includes("in-toto") ? "attestation" : "config";
      return { what, descriptor, content: (offset) => piece(bytes.subarray(offset)), mountFrom: [] };
    });
  const layers = image.layers.map(({ descriptor, layer, file }): Upload => {
    const from = layer.origin?.repository;
    const mountFrom = from?.registry === registry ? [from.repository] : [];
    return { what: "layer", descriptor, content: (offset) => later(file, offset), mountFrom };
  });
  return [...layers, ...documents];
}

async function* piece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A layer of a base image is fetched only if the registry neither has it nor can take it from elsewhere. */
async function* later(file: () => Promise<string>, offset: number): AsyncGenerator<Uint8Array> {
  yield* fileContent(await file())(offset);
}

async function pushManifests(
  { documents, top }: ComposedImage,
  repository: Repository,
  names: readonly ImageReference[],
  { byDigest, signal, onStatus }: PushImageOptions,
): Promise<void> {
  for (const { descriptor, bytes } of documents) {
    if (!isManifestType(descriptor.mediaType)) continue;
    const { mediaType, digest } = descriptor;
    const references = digest === top.digest && !byDigest ? names.map(({ tag }) => tag ?? "latest") : [digest];
    for (const reference of references) {
      const shown = formatReference({ ...repository, ...(reference === digest ? {} : { tag: reference }), digest });
      const id = `pushing manifest for ${shown}`;
      onStatus(id, 0, bytes.length, false);
      await repository.pushManifest({ reference, mediaType, bytes }, signal);
      onStatus(id, bytes.length, bytes.length, true);
    }
  }
}

function groupNames(names: readonly ImageReference[]): readonly (readonly ImageReference[])[] {
  const groups = new Map<string, ImageReference[]>();
  for (const name of names) {
    const key = `${name.registry}/${name.repository}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}
