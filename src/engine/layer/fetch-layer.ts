/** Layers of images that were built elsewhere: fetched, verified, looked into when somebody asks. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { TsbakeError } from "../../base/errors.ts";
import { mediaTypes } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobWriter, EngineStore } from "../store/store.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { compressionOf, decompress, magicBytes } from "./decompress.ts";
import { EntryIndexWriter } from "./entry-index.ts";
import { exactEncoding, type LayerForm } from "./form.ts";
import type { Layer, LayerOrigin } from "./layer.ts";
import { saveLayerRecord } from "./layer-record.ts";
import { readArchive } from "./read-archive.ts";

/** A fetch that breaks off is taken up again where it did, as long as each try brings something. */
const barrenTries = 3;

/** The blob of a layer as it came, in the store: verified by size and digest. Rejects with a TsbakeError. */
export async function fetchBlob(store: EngineStore, origin: LayerOrigin, signal: AbortSignal): Promise<void> {
  const { digest, size } = origin.descriptor;
  store.lease(digest);
  if ((await store.blobs.size(digest)) === size) return;
  const writer = await store.blobs.create();
  try {
    await download(origin, writer, signal);
    await writer.commit(digest);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Fetches a layer and keeps it as an archive with an index. Rejects with a TsbakeError, or a BuildFailure when it is no layer at all. */
export async function unpackOrigin(
  store: EngineStore,
  layer: Layer,
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const { diffId, origin } = layer;
  store.lease(diffId);
  if (!(await store.blobs.has(diffId))) {
    if (!origin) throw new Error("only a layer with an origin is unpacked");
    await fetchBlob(store, origin, signal);
    await inflate(store, origin, diffId, signal);
  }
  return indexArchive(store, diffId, signal);
}

/** Of OCI, whatever words the registry had for it. */
export function ociMediaType(mediaType: string): string {
  switch (mediaType) {
    case mediaTypes.dockerLayer:
      return mediaTypes.ociLayer;
    case mediaTypes.dockerLayerGzip:
      return mediaTypes.ociLayerGzip;
    case mediaTypes.dockerLayerZstd:
      return mediaTypes.ociLayerZstd;
    default:
      return mediaType;
  }
}

async function download(origin: LayerOrigin, writer: BlobWriter, signal: AbortSignal): Promise<void> {
  const { digest, size } = origin.descriptor;
  let received = 0;
  for (let barren = 0; ; ) {
    const before = received;
    try {
      for await (const bytes of await origin.fetch(signal, received)) {
        signal.throwIfAborted();
        if (received + bytes.length > size) throw tooLarge(digest, size);
        await writer.write(bytes);
        received += bytes.length;
      }
      if (received === size) return;
      throw cutShort(digest, size, received);
    } catch (error) {
      signal.throwIfAborted();
      barren = received > before ? 0 : barren + 1;
      if (!(error instanceof TsbakeError && error.retryable) || barren >= barrenTries) throw error;
    }
  }
}

/** More than this of an archive is not unpacked: nothing honest is compressed that much. */
export function archiveLimit(blobBytes: number): number {
  return Math.max(16 * 2 ** 30, 250 * blobBytes);
}

async function inflate(store: EngineStore, origin: LayerOrigin, diffId: Digest, signal: AbortSignal): Promise<void> {
  const { digest, size } = origin.descriptor;
  if (digest === diffId) return;
  const name = `layer ${digest}`;
  const limit = archiveLimit(size);
  const writer = await store.blobs.create();
  try {
    const file = store.blobs.file(digest);
    const packed = compressionOf(await firstBytes(file));
    const source = readBlob(file);
    let bytes = 0;
    for await (const piece of packed ? decompress(source, packed, { name, signal }) : source) {
      signal.throwIfAborted();
      bytes += piece.length;
      if (bytes > limit) throw bomb(digest, size, limit);
      await writer.write(piece);
    }
    await writer.commit(diffId);
  } catch (error) {
    await writer.discard();
    throw error instanceof TsbakeError && error.code === "engine/digest-mismatch" ? wrongDiffId(digest, diffId) : error;
  }
}

async function indexArchive(store: EngineStore, diffId: Digest, signal: AbortSignal): Promise<readonly TreeEntry[]> {
  const file = store.blobs.file(diffId);
  const size = (await store.blobs.size(diffId)) ?? 0;
  const entries = await readArchive(readBlob(file), {
    name: `layer ${diffId}`,
    hash: true,
    whiteouts: true,
    signal,
    contentOf: (place) => ({ kind: "layer", diffId, ...place }),
  });
  const writer = await EntryIndexWriter.create(store);
  try {
    for (const entry of entries)
      writer.add(entry, entry.type === "file" && entry.content.kind === "layer" ? entry.content : undefined);
    const index = await writer.finish();
    const latestSeconds = entries.reduce((latest, { seconds }) => Math.max(latest, seconds), 0);
    const form: LayerForm = { digest: diffId, diffId, size };
    await saveLayerRecord(store, diffId, {
      index,
      size,
      latestSeconds,
      home: { ...form, ...exactEncoding({ compression: "uncompressed" }) },
    });
  } catch (error) {
    await writer.discard();
    throw error;
  }
  return entries;
}

function readBlob(file: string): AsyncIterable<Uint8Array> {
  return createReadStream(file, { highWaterMark: 1024 * 1024 });
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magicBytes), 0, magicBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function tooLarge(digest: Digest, size: number): TsbakeError {
  return new TsbakeError(
    "engine/layer-too-large",
    `layer ${digest} has more than the ${size} bytes its manifest says`,
    {
      hint: "the registry or a proxy in between gives out something else: try another mirror, or push the image anew",
    },
  );
}

function cutShort(digest: Digest, size: number, received: number): TsbakeError {
  return new TsbakeError("engine/layer-cut-short", `of layer ${digest} only ${received} of ${size} bytes arrived`, {
    hint: "try again; if it stays so, the registry has lost a part of the image: push it anew",
    retryable: true,
  });
}

function bomb(digest: Digest, size: number, limit: number): TsbakeError {
  return new TsbakeError(
    "engine/layer-bomb",
    `layer ${digest} of ${size} bytes unpacks to more than ${Math.floor(limit / 2 ** 30)} GiB`,
    { hint: "it is made to fill disks: do not use this image" },
  );
}

function wrongDiffId(digest: Digest, diffId: Digest): TsbakeError {
  return new TsbakeError("engine/wrong-diff-id", `layer ${digest} does not unpack to ${diffId}, as its image says`, {
    hint: "the image is put together wrongly: pull another version, or build and push it anew",
  });
}
