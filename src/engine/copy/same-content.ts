/** Whether two files hold the same bytes. */
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import type { DiskContent, FileContent, RangeContent } from "../tree/entry.ts";
import { unreadableSource } from "./problems.ts";

export type KnownHash = (content: DiskContent) => string | undefined;

const pieceBytes = 1 << 20;

/** Reads what has no digest yet. Throws a BuildFailure for a file that cannot be read, or changed since it was looked at. */
export function sameContent(a: FileContent, b: FileContent, knownHash: KnownHash | undefined): boolean {
  if (a === b) return true;
  return a.size === b.size && (a.size === 0 || sha256Of(a, knownHash) === sha256Of(b, knownHash));
}

function sha256Of(content: FileContent, knownHash: KnownHash | undefined): string {
  switch (content.kind) {
    case "layer":
      return content.sha256;
    case "inline":
      return createHash("sha256").update(content.bytes).digest("hex");
    case "range":
      return hashFile(content, content.offset);
    case "disk":
      return knownHash?.(content) ?? hashFile(content, 0);
  }
}

function hashFile(content: DiskContent | RangeContent, offset: number): string {
  try {
    const descriptor = openSync(content.file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (content.kind === "disk") demandUnchanged(descriptor, content);
      return hashRange(descriptor, offset, content.size);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadableSource(content.file, messageOf(error), error);
  }
}

function demandUnchanged(descriptor: number, { fingerprint }: DiskContent): void {
  const now = fstatSync(descriptor, { bigint: true });
  if (now.ino !== fingerprint.inode || now.mtimeNs !== fingerprint.mtimeNs || now.ctimeNs !== fingerprint.ctimeNs) {
    throw new Error("it changed while the build was running");
  }
}

function hashRange(descriptor: number, offset: number, size: number): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(size, pieceBytes));
  for (let done = 0; done < size; ) {
    const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, size - done), offset + done);
    if (count === 0) throw new Error("it became shorter while the build was running");
    hash.update(buffer.subarray(0, count));
    done += count;
  }
  return hash.digest("hex");
}
