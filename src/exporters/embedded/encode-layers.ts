/** The layers of results in the encoding that an export asks for. */
import pLimit from "p-limit";
import type { Encoding, Layer, LayerStore } from "../../engine/layer/layer.ts";
import type { StageResult } from "../../engine/result.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";

/** A layer as it is written. */
export interface EncodedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly layer: Layer;
  /** The blob as a file of this machine, absolute; a layer of a base image is fetched when it is asked for. */
  readonly file: () => Promise<string>;
}

export interface EncodeOptions {
  readonly layers: LayerStore;
  readonly encoding: Encoding;
  readonly force: boolean;
  /** Seconds; what the build made is not younger. Layers of base images have their times already. */
  readonly latestSeconds?: number;
  readonly keepForeignLayers: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/** Encoders use more than one core themselves. */
const atOnce = 2;

/** One list of layers for each result, in its order. A layer of several results is encoded once. */
export async function encodeLayers(
  results: readonly StageResult[],
  options: EncodeOptions,
): Promise<readonly (readonly EncodedLayer[])[]> {
  const limit = pLimit(atOnce);
  const known = new Map<Digest, Promise<EncodedLayer>>();
  const encodeOnce = (layer: Layer): Promise<EncodedLayer> => {
    const key: Digest = layer.origin === undefined ? layer.diffId : layer.origin.descriptor.digest;
    const encoded = known.get(key) ?? limit(() => encode(layer, options));
    known.set(key, encoded);
    return encoded;
  };
  const pending = results.map(({ layers }) => layers.map(encodeOnce));
  // Nothing goes on in the background when one of them fails.
  const failed = (await Promise.allSettled(known.values())).find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return await Promise.all(pending.map((layers) => Promise.all(layers)));
}

async function encode(layer: Layer, options: EncodeOptions): Promise<EncodedLayer> {
  options.signal.throwIfAborted();
  if (layer.origin !== undefined && !options.force) return asItCame(layer, layer.origin.descriptor, options);
  const { layers, encoding, force, latestSeconds, signal, onProgress } = options;
  const own = layer.origin === undefined && latestSeconds !== undefined;
  const written = own ? await layers.clamped(layer, latestSeconds, signal) : layer;
  const blob = await layers.blob(written, encoding, {
    signal,
    force,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { descriptor: blob.descriptor, diffId: blob.diffId, layer: written, file: async () => blob.file };
}

function asItCame(layer: Layer, descriptor: Descriptor, options: EncodeOptions): EncodedLayer {
  const { layers, encoding, keepForeignLayers, signal } = options;
  let file: Promise<string> | undefined;
  return {
    descriptor: keepForeignLayers ? descriptor : distributable(descriptor),
    diffId: layer.diffId,
    layer,
    file: () => {
      file ??= layers.blob(layer, encoding, { signal }).then((blob) => blob.file);
      return file;
    },
  };
}

/** A layer that registries are asked not to keep is one like any other once it is here. */
function distributable({ urls: _, ...descriptor }: Descriptor): Descriptor {
  const mediaType = descriptor.mediaType
    .replace(".layer.nondistributable.", ".layer.")
    .replace(".rootfs.foreign.", ".rootfs.");
  return { ...descriptor, mediaType };
}
