/** Digests of content: `sha256:` and 64 hexadecimal digits. */
import { createHash } from "node:crypto";

/** Of the whole content, as `algorithm:hex`. */
export type Digest = `${string}:${string}`;

const form = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;

/** Whether a text is a digest at all; of which content is for whoever reads it to verify. */
export function isDigest(text: string): text is Digest {
  return form.test(text) && (!text.startsWith("sha256:") || text.length === 71);
}

export function sha256Digest(content: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The part after the algorithm: the name of the blob in an OCI layout. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}
