/** A small blob that is held in memory: a document of an image. */
import type { Descriptor } from "./descriptor.ts";
import { sha256Digest } from "./digest.ts";

export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export function documentBlob(mediaType: string, text: string): Blob {
  const bytes = new TextEncoder().encode(text);
  return { descriptor: { mediaType, digest: sha256Digest(bytes), size: bytes.length }, bytes };
}
