/** What makes the bytes of each encoding: another version of it may make others of the same archive. */
import type { Compression } from "../layer.ts";
import { zstdVersion } from "./zstd-library.ts";

/** Counts what we do with the codecs: chunks, frames, tables of contents. */
const layout = "1";

export function codecVersion(compression: Compression): string {
  switch (compression) {
    case "uncompressed":
      return "";
    case "gzip":
    case "estargz":
      return `${layout} zlib ${process.versions.zlib}`;
    case "zstd":
      return `${layout} zstd ${zstdVersion()}`;
  }
}
