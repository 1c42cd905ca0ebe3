/** Images in small, for registries and layouts. */
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";

export interface TestBlob {
  readonly descriptor: { readonly mediaType: string; readonly digest: `${string}:${string}`; readonly size: number };
  readonly bytes: Buffer;
}

export function blob(mediaType: string, content: Buffer | object): TestBlob {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  return { descriptor: { mediaType, digest: sha256Digest(bytes), size: bytes.length }, bytes };
}

export interface TestImage {
  readonly manifest: TestBlob;
  readonly config: TestBlob;
  readonly layers: readonly TestBlob[];
}

/** One layer a text. */
export function image(
  platform: { os: string; architecture: string; variant?: string },
  texts: readonly string[],
  docker = false,
): TestImage {
  const layers = texts.map((text) => blob(docker ? mediaTypes.dockerLayer : mediaTypes.ociLayer, Buffer.from(text)));
  const config = blob(docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, {
    ...platform,
    created: "2026-01-02T03:04:05Z",
    config: { Env: ["A=b"], Entrypoint: null, ExposedPorts: { "80/tcp": {} }, Labels: { x: "y" } },
    rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
    history: [{ created_by: "COPY", empty_layer: false }],
    container_config: { Image: "" },
  });
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest = blob(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { manifest, config, layers };
}

export function index(entries: readonly object[]): TestBlob {
  return blob(mediaTypes.ociIndex, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries });
}
