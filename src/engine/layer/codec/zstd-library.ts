/** Where zstd comes from: Node itself from 22.15 on, else the package zstd-napi, loaded when it is first needed. */
import { createRequire } from "node:module";
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { TsbakeError } from "../../../base/errors.ts";

/** What newer versions of `node:zlib` have. */
export interface NodeZstd {
  readonly zstdCompress: (
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
    callback: (error: Error | null, result: Buffer) => void,
  ) => void;
  readonly zstdDecompressSync: (bytes: Uint8Array) => Buffer;
  readonly createZstdDecompress: () => Transform;
}

/** Undefined where Node has no zstd of its own. */
export const nodeZstd: NodeZstd | undefined = hasZstd(zlib) ? zlib : undefined;

/** The parameters of the library by number, as `zstd.h` has them. */
export const zstdParameters = { compressionLevel: 100, checksumFlag: 201 } as const;

export function zstdVersion(): string {
  const own = process.versions.zstd;
  if (nodeZstd && own !== undefined) return own;
  const { versionString }: { readonly versionString: () => string } = load("zstd-napi/binding");
  return versionString();
}

/** One or more whole frames. Throws when they are damaged. */
export function decompressZstd(bytes: Uint8Array): Uint8Array {
  return nodeZstd ? nodeZstd.zstdDecompressSync(bytes) : packaged().decompress(bytes);
}

export function createZstdDecompress(): Transform {
  return nodeZstd ? nodeZstd.createZstdDecompress() : new (packaged().DecompressStream)();
}

/** The file that a worker loads the package from. */
export function zstdPackageFile(): string {
  try {
    return createRequire(import.meta.url).resolve("zstd-napi/binding");
  } catch (error) {
    throw missing(error);
  }
}

function packaged(): typeof import("zstd-napi") {
  return load("zstd-napi");
}

function load(name: string): ReturnType<NodeJS.Require> {
  try {
    return createRequire(import.meta.url)(name);
  } catch (error) {
    throw missing(error);
  }
}

function missing(cause: unknown): TsbakeError {
  return new TsbakeError("engine/no-zstd", "this installation can neither read nor write zstd", {
    hint: "use Node.js 22.15 or newer, or install the optional package zstd-napi beside tsbake, or take compression=gzip",
    cause,
  });
}

function hasZstd(module: object): module is NodeZstd {
  return "zstdCompress" in module && "zstdDecompressSync" in module && "createZstdDecompress" in module;
}
