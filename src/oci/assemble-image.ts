/** An image of one platform, put together: its configuration and its manifest as blobs. */
import { type Blob, documentBlob } from "./blob.ts";
import { type Descriptor, descriptorPlatform, mediaTypes } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { alignHistory } from "./history.ts";
import type { ContainerConfig, HistoryEntry } from "./image-config.ts";
import { renderImageConfig, renderManifest } from "./image-json.ts";
import { normalisePlatform, type Platform } from "./platform.ts";

export interface ImageParts {
  readonly platform: Platform;
  readonly config: ContainerConfig;
  readonly author?: string;
  readonly history: readonly HistoryEntry[];
  /** In the order of the layers. */
  readonly diffIds: readonly Digest[];
  /** Their blobs, of OCI media types. */
  readonly layers: readonly Descriptor[];
  readonly inlineCache?: string;
}

export interface AssembleOptions {
  /** RFC 3339: nothing is said to be made later. */
  readonly latest?: string;
  /** RFC 3339, for what has no time. */
  readonly now: string;
  /** Docker's media types, which have no annotations, in place of OCI's. */
  readonly docker: boolean;
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Image {
  readonly platform: Platform;
  readonly config: Blob;
  /** With the platform in its descriptor. */
  readonly manifest: Blob;
  readonly layers: readonly Descriptor[];
  /** RFC 3339; null without history. */
  readonly created: string | null;
}

export function assembleImage(parts: ImageParts, options: AssembleOptions): Image {
  const platform = normalisePlatform(parts.platform);
  const history = alignHistory(parts.history, { ...options, layers: parts.layers.length });
  const created = history.at(-1)?.created ?? null;
  const where = descriptorPlatform(platform);
  const config = documentBlob(
    options.docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
    renderImageConfig({
      ...where,
      ...(parts.author === undefined || parts.author === "" ? {} : { author: parts.author }),
      created,
      config: parts.config,
      rootfs: { type: "layers", diff_ids: parts.diffIds.length === 0 ? null : parts.diffIds },
      history: history.length === 0 ? null : history,
      ...(parts.inlineCache === undefined ? {} : { "moby.buildkit.cache.v0": parts.inlineCache }),
    }),
  );
  const layers = options.docker ? parts.layers.map(dockerLayer) : parts.layers.map(ociLayer);
  const manifest = documentBlob(
    options.docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    renderManifest({
      mediaType: options.docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
      config: config.descriptor,
      layers: layers.length === 0 ? null : layers,
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    }),
  );
  return {
    platform,
    config,
    manifest: { ...manifest, descriptor: { ...manifest.descriptor, platform: where } },
    layers,
    created,
  };
}

/** OCI's media types of layers to Docker's. */
export const dockerLayerTypes: ReadonlyMap<string, string> = new Map([
  [mediaTypes.ociLayer, mediaTypes.dockerLayer],
  [mediaTypes.ociLayerGzip, mediaTypes.dockerLayerGzip],
  [mediaTypes.ociLayerZstd, mediaTypes.dockerLayerZstd],
]);

const ociLayerTypes: ReadonlyMap<string, string> = new Map([...dockerLayerTypes].map(([oci, docker]) => [docker, oci]));

function dockerLayer({ annotations: _, ...layer }: Descriptor): Descriptor {
  return { ...layer, mediaType: dockerLayerTypes.get(layer.mediaType) ?? layer.mediaType };
}

function ociLayer(layer: Descriptor): Descriptor {
  return { ...layer, mediaType: ociLayerTypes.get(layer.mediaType) ?? layer.mediaType };
}
