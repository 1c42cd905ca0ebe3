/** Hashes content by the algorithm of the digest it must have. */
import { createHash, type Hash } from "node:crypto";
import type { Digest } from "../../oci/digest.ts";
import { type Subject, unsupported } from "../failures.ts";

/** Throws a TsbakeError for an algorithm nobody here knows: unverified content is no content. */
export function hashLike(digest: Digest, subject: Subject): Hash {
  const algorithm = digest.slice(0, digest.indexOf(":"));
  if (algorithm !== "sha256" && algorithm !== "sha512") throw unsupported(subject, `digests by ${algorithm}`);
  return createHash(algorithm);
}

export function digestLike(digest: Digest, content: Uint8Array, subject: Subject): Digest {
  const algorithm = digest.slice(0, digest.indexOf(":"));
  return `${algorithm}:${hashLike(digest, subject).update(content).digest("hex")}`;
}
