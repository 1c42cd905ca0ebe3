/** Compressed content of anybody's making, told by how it begins. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, type Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { createZstdDecompress } from "./codec/zstd-library.ts";

export type PackedAs = "gzip" | "zstd" | "bzip2" | "xz";

/** How many bytes `compressionOf` looks at. */
export const magicBytes: number = 6;

/** Undefined when it begins like none that is known: it may be an archive as it is. */
export function compressionOf(start: Uint8Array): PackedAs | undefined {
  const begins = (...magic: readonly number[]): boolean => magic.every((byte, index) => start[index] === byte);
  if (begins(0x1f, 0x8b, 0x08)) return "gzip";
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  if (begins(0x42, 0x5a, 0x68)) return "bzip2";
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return "xz";
  // Frames of zstd to be skipped come first in what seekable writers make.
  return start.length >= 4 && ((start[0] ?? 0) & 0xf0) === 0x50 && begins(start[0] ?? 0, 0x2a, 0x4d, 0x18)
    ? "zstd"
    : undefined;
}

export interface DecompressOptions {
  /** For people: what is decompressed. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/**
 * The content, as a stream with backpressure. Rejects with a BuildFailure when it is damaged or cut, with a TsbakeError when there is nothing here to
 * read it with (bzip2 and xz are the programs of those names), with the signal's reason; nothing runs on then.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  packed: PackedAs,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  options.signal.throwIfAborted();
  if (packed === "bzip2" || packed === "xz") yield* throughProgram(packed, source, options);
  else yield* throughStream(packed === "gzip" ? gunzip() : createZstdDecompress(), source, options);
}

/** Pieces that are worth a trip to a thread. */
function gunzip(): Transform {
  return createGunzip({ chunkSize: 256 * 1024 });
}

async function* throughStream(
  transform: Transform,
  source: AsyncIterable<Uint8Array>,
  { name, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(source, { objectMode: false });
  let broken: { readonly error: unknown } | undefined;
  input.once("error", (error) => {
    broken = { error };
    transform.destroy(error);
  });
  const abort = (): void => {
    transform.destroy(new Error("aborted"));
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    input.pipe(transform);
    yield* bytesOf(transform);
  } catch (error) {
    signal.throwIfAborted();
    // What went wrong where the content comes from is told as it is.
    throw broken ? broken.error : damaged(name, error);
  } finally {
    signal.removeEventListener("abort", abort);
    input.destroy();
    transform.destroy();
  }
}

async function* throughProgram(
  program: "bzip2" | "xz",
  source: AsyncIterable<Uint8Array>,
  { name, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close").then(([status]: unknown[]) => status);
  ended.catch(() => {});
  const complaints: Buffer[] = [];
  child.stderr.on("data", (data: Buffer) => {
    if (complaints.length < 10) complaints.push(data);
  });
  const input = Readable.from(source, { objectMode: false });
  let broken: { readonly error: unknown } | undefined;
  input.once("error", (error) => {
    broken = { error };
    child.kill("SIGKILL");
  });
  // A program that ends early closes its side; its status tells why.
  child.stdin.on("error", () => {});
  const abort = (): void => {
    child.kill("SIGKILL");
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    input.pipe(child.stdin);
    yield* bytesOf(child.stdout);
    const status = await ended;
    signal.throwIfAborted();
    if (broken) throw broken.error;
    if (status !== 0) throw damaged(name, new Error(Buffer.concat(complaints).toString().trim().slice(0, 500)));
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "EACCES") throw noProgram(program, name, error);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    input.destroy();
    child.kill("SIGKILL");
    await ended.catch(() => {});
  }
}

async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield bytes;
}

function damaged(name: string, cause: unknown): BuildFailure {
  return new BuildFailure("build/bad-compression", `${name} cannot be decompressed: ${messageOf(cause)}`, {
    hint: "it is cut or damaged: get or make it anew",
    cause,
  });
}

function noProgram(program: string, name: string, cause: unknown): TsbakeError {
  return new TsbakeError(
    "engine/no-decompressor",
    `${name} is compressed with ${program}, and there is no program ${program} here`,
    {
      hint: `install ${program} (Debian: ${program === "xz" ? "xz-utils" : "bzip2"}), or compress it with gzip or zstd`,
      cause,
    },
  );
}
