/** The archive that an engine is given to load: an image without the layers that the engine has. */
import { encodeHeader, paddingOf, trailer } from "../../engine/layer/tar/go-tar.ts";
import type { OfferedImage } from "../../execute/ports.ts";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import { renderLayoutIndex } from "../../oci/image-json.ts";
import { blobPath, dockerArchiveManifest, layoutMarker } from "../../oci/layout.ts";
import { problems } from "../problems.ts";
import type { ImageParts } from "./image-parts.ts";

export interface LoadArchiveOptions {
  readonly offer: OfferedImage;
  /** Digests of layers that are left out. */
  readonly without: ReadonlySet<string>;
  /** An OCI layout, else a Docker archive, which holds one image only. */
  readonly oci: boolean;
  readonly signal: AbortSignal;
}

/** The image has no name in it: it gets one when the engine is known to have all of it. */
export async function* loadArchive(parts: ImageParts, options: LoadArchiveOptions): AsyncGenerator<Uint8Array> {
  for (const { descriptor, bytes } of parts.documents) yield* textFile(blobPath(descriptor), bytes);
  const sent = parts.layers.map(({ descriptor }) => descriptor).filter(({ digest }) => !options.without.has(digest));
  for (const descriptor of [...parts.others, ...sent]) yield* blobFile(descriptor, options);
  const encoder = new TextEncoder();
  for (const [name, text] of closingFiles(parts, options.oci)) yield* textFile(name, encoder.encode(text));
  yield trailer;
}

function closingFiles({ top, single }: ImageParts, oci: boolean): readonly (readonly [name: string, text: string])[] {
  if (oci) {
    const index = renderLayoutIndex({ mediaType: mediaTypes.ociIndex, manifests: [top] });
    return [
      ["index.json", index],
      ["oci-layout", layoutMarker],
    ];
  }
  if (single === undefined) throw new Error("a Docker archive holds one image");
  return [["manifest.json", dockerArchiveManifest(single.config, single.layers, [])]];
}

async function* blobFile(descriptor: Descriptor, { offer, signal }: LoadArchiveOptions): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  yield header(blobPath(descriptor), size);
  let left = size;
  for await (const chunk of offer.read(digest, signal)) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw problems.blobTruncated(digest);
  yield padding(size);
}

function* textFile(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield header(name, bytes.length);
  yield bytes;
  yield padding(bytes.length);
}

function header(name: string, size: number): Uint8Array {
  return encodeHeader({ name, type: "0", mode: 0o444, size, uid: 0, gid: 0, seconds: 0 });
}

function padding(size: number): Uint8Array {
  return trailer.subarray(0, paddingOf(size));
}
