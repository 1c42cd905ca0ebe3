/** Hash sums. */
import { loadCrypto } from "./load.ts";

export type Algorithm = "md5" | "sha1" | "sha256" | "sha512";

export function digest(algorithm: Algorithm, data: string | Uint8Array): Uint8Array {
  return loadCrypto().createHash(algorithm).update(data).digest();
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
