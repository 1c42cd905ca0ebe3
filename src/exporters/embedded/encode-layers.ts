/** The layers of results in the encoding that an export asks for. */
import type { Encoding, Layer, LayerOrigin, LayerStore } from "../../engine/layer/layer.ts";
import { isEncodedAs } from "../../engine/layer/layer-store.ts";
import type { StageResult } from "../../engine/result.ts";
import { allOrNone } from "../../execute/all-or-none.ts";
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
const encodersAtOnce = 2;
const fetchesAtOnce = 4;

/** One list of layers for each result, in its order. A layer of several results is encoded once. */
export async function encodeLayers(
  results: readonly StageResult[],
  options: EncodeOptions,
): Promise<readonly (readonly EncodedLayer[])[]> {
  const distinct = new Map(results.flatMap(({ layers }) => layers.map((layer) => [keyOf(layer), layer] as const)));
  const { signal } = options;
  const encoded = await allOrNone([...distinct], { atOnce: encodersAtOnce, signal }, async ([key, layer], own) => {
    const result = await encode(layer, options, own);
    return [key, result] as const;
  });
  const known = new Map(encoded);
  return results.map(({ layers }) => layers.flatMap((layer) => known.get(keyOf(layer)) ?? []));
}

/** Fetches what is not on this machine yet: layers of base images, several at a time. */
export async function fetchLayers(layers: readonly EncodedLayer[], signal: AbortSignal): Promise<void> {
  await allOrNone(layers, { atOnce: fetchesAtOnce, signal }, ({ file }) => file());
}

function keyOf({ diffId, origin }: Layer): Digest {
  return origin === undefined ? diffId : origin.descriptor.digest;
}

async function encode(layer: Layer, options: EncodeOptions, signal: AbortSignal): Promise<EncodedLayer> {
  const { layers, encoding, latestSeconds, onProgress } = options;
  const { origin } = layer;
  if (origin !== undefined && staysAsItCame(origin, options)) return asItCame(layer, origin.descriptor, options);
  const own = origin === undefined || origin.own === true;
  const force = options.force || own;
  const written = own && latestSeconds !== undefined ? await layers.clamped(layer, latestSeconds, signal) : layer;
  const blob = await layers.blob(written, encoding, {
    signal,
    force,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { descriptor: blob.descriptor, diffId: blob.diffId, layer: written, file: async () => blob.file };
}

/** A layer of another image stays what it is; one of our own steps, had from a cache, where it is what is asked for. */
function staysAsItCame(origin: LayerOrigin, { force, encoding, latestSeconds }: EncodeOptions): boolean {
  if (origin.own !== true) return !force;
  return latestSeconds === undefined && isEncodedAs(origin.descriptor, encoding);
}

function asItCame(layer: Layer, descriptor: Descriptor, options: EncodeOptions): EncodedLayer {
  const { layers, encoding, keepForeignLayers, signal } = options;
  let file: Promise<string> | undefined;
  return {
    descriptor: keepForeignLayers ? descriptor : distributable(descriptor),
    diffId: layer.diffId,
    layer,
    file: () => {
      file ??= layers.blob(layer, encoding, { signal }).then(
        (blob) => blob.file,
        (error: unknown) => {
          file = undefined;
          throw error;
        },
      );
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
