/** Digests of content that is in memory as a whole. */
import * as crypto from "node:crypto";

/** Hexadecimal. Node has a shorter way than `createHash` from 20.12 on, which matters for fifty thousand small files. */
export const sha256Hex: (bytes: Uint8Array) => string =
  "hash" in crypto && typeof crypto.hash === "function"
    ? (bytes) => crypto.hash("sha256", bytes, "hex")
    : (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");
