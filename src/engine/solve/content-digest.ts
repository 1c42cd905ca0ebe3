/** The sha256 of what files hold, remembered where that can be. */
import { createHash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { BuildFailure } from "../../execute/ports.ts";
import type { FileHashes } from "../store/store.ts";
import type { FileEntry, RangeContent, TreeEntry } from "../tree/entry.ts";

/** By the path of the entry. */
export type KnownDigests = ReadonlyMap<string, string>;

export interface DigestOptions {
  readonly digests?: KnownDigests;
  readonly hashes: FileHashes;
  readonly signal: AbortSignal;
}

const bufferBytes = 1 << 20;
/** How much is read before others get their turn: some 10 ms. */
const turnBytes = 16 << 20;
let buffer: Buffer | undefined;
let sinceTurn = 0;

/** Hexadecimal. Rejects with a BuildFailure when a file cannot be read. */
export function contentDigest({ path, content }: FileEntry, options: DigestOptions): string | Promise<string> {
  const known = options.digests?.get(path);
  if (known !== undefined) return known;
  if (content.kind === "layer") return content.sha256;
  if (content.kind === "inline") return createHash("sha256").update(content.bytes).digest("hex");
  if (content.kind === "range") return readDigest(content, options.signal);
  const remembered = options.hashes.find(content);
  if (remembered !== undefined) return remembered;
  return readDigest({ file: content.file, offset: 0, size: content.size }, options.signal).then((sha256) => {
    options.hashes.learn(content, sha256);
    return sha256;
  });
}

/** How much of files of this machine would have to be read to know all digests. */
export function unknownBytes(entries: readonly TreeEntry[], hashes: FileHashes): number {
  let bytes = 0;
  for (const entry of entries) {
    if (entry.type !== "file" || entry.content.kind !== "disk") continue;
    if (hashes.find(entry.content) === undefined) bytes += entry.content.size;
  }
  return bytes;
}

async function readDigest({ file, offset, size }: Omit<RangeContent, "kind">, signal: AbortSignal): Promise<string> {
  buffer ??= Buffer.allocUnsafeSlow(bufferBytes);
  const hash = createHash("sha256");
  const descriptor = openFile(file);
  try {
    let at = offset;
    const end = offset + size;
    while (at < end) {
      const read = readSync(descriptor, buffer, 0, Math.min(bufferBytes, end - at), at);
      if (read === 0) break;
      hash.update(buffer.subarray(0, read));
      at += read;
      sinceTurn += read;
      if (sinceTurn < turnBytes) continue;
      sinceTurn = 0;
      await nextTurn();
      signal.throwIfAborted();
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}

function openFile(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const gone = errnoCode(error) === "ENOENT" || errnoCode(error) === "ELOOP";
    throw new BuildFailure(
      gone ? "build/context-changed" : "build/context-unreadable",
      gone ? `${file} changed while it was looked at` : `a file of the context cannot be read: ${messageOf(error)}`,
      {
        hint: gone ? "build again when nothing writes to the context" : "make it readable, or name it in .dockerignore",
        cause: error,
      },
    );
  }
}
