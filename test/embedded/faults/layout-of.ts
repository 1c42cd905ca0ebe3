/** OCI layouts in a folder, honest or not. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface Lies {
  /** The digest that the configuration has for the layer. */
  readonly diffId?: string;
  /** The size that the manifest has for the layer. */
  readonly size?: number;
  /** What stands in the layer's blob. */
  readonly bytes?: Buffer;
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** All blobs of an image of one layer; the manifest is the last. */
export function blobsOf(tar: Buffer, lies: Lies = {}): readonly { readonly digest: string; readonly bytes: Buffer }[] {
  const packed = gzipSync(tar, { level: 1 });
  const config = json({
    os: "linux",
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    config: {},
    rootfs: { type: "layers", diff_ids: [lies.diffId ?? digestOf(tar)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: digestOf(packed),
        size: lies.size ?? packed.length,
      },
    ],
  });
  return [
    { digest: digestOf(packed), bytes: lies.bytes ?? packed },
    { digest: digestOf(config), bytes: config },
    { digest: digestOf(manifest), bytes: manifest },
  ];
}

export function writeLayout(folder: string, tar: Buffer, lies: Lies = {}): void {
  const blobs = blobsOf(tar, lies);
  mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
  for (const { digest, bytes } of blobs) writeFileSync(join(folder, "blobs", digest.replace(":", "/")), bytes);
  const last = blobs.at(-1);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const entry = { mediaType, digest: last?.digest, size: last?.bytes.length };
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, "index.json"), json({ schemaVersion: 2, manifests: [entry] }));
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
