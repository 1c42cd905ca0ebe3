/** What `lstat` says of something on this machine, as an entry. */
import { type BigIntStats, readlinkSync } from "node:fs";
import type { DiskContent, TreeEntry } from "./entry.ts";

const secondNs = 1_000_000_000;
const bigSecondNs: bigint = BigInt(secondNs);

/**
 * The entry of what is at `file` (absolute); undefined for a socket, which no archive can hold. Throws what reading a link throws, and a
 * NotUnicode when its target is no text.
 */
export function diskEntry(path: string, file: string, stats: BigIntStats): TreeEntry | undefined {
  const { mtimeNs } = stats;
  const rest = Number(mtimeNs % bigSecondNs);
  // Rounded down: the nanoseconds go forward before the epoch too.
  const nanoseconds = rest < 0 ? rest + secondNs : rest;
  const seconds = Number(mtimeNs / bigSecondNs) - (rest < 0 ? 1 : 0);
  const mode = modeOf(stats);
  const uid = Number(stats.uid);
  const gid = Number(stats.gid);
  if (stats.isFile()) {
    const { ctimeNs, ino: inode, dev: device } = stats;
    const content: DiskContent = {
      kind: "disk",
      file,
      size: Number(stats.size),
      fingerprint: { mtimeNs, ctimeNs, inode, device },
    };
    return { type: "file", path, mode, uid, gid, seconds, nanoseconds, content };
  }
  const attributes = { path, mode, uid, gid, seconds, nanoseconds };
  if (stats.isDirectory()) return { type: "folder", ...attributes };
  if (stats.isSymbolicLink()) return { type: "symlink", ...attributes, target: linkTarget(file) };
  if (stats.isFIFO()) return { type: "fifo", ...attributes, major: 0, minor: 0 };
  if (!stats.isCharacterDevice() && !stats.isBlockDevice()) return undefined;
  return { type: stats.isBlockDevice() ? "block" : "character", ...attributes, ...deviceNumbers(stats.rdev) };
}

/** A name or a target that is not valid UTF-8. */
export class NotUnicode extends Error {
  override readonly name = "NotUnicode";
}

/** Windows knows no permissions: there everything may be run and nothing is for others to write, as docker's client has it. */
function modeOf({ mode }: BigIntStats): number {
  return process.platform === "win32" ? (Number(mode) & 0o755) | 0o111 : Number(mode) & 0o7777;
}

function linkTarget(file: string): string {
  const target = readlinkSync(file);
  if (target.includes("\ufffd") && !Buffer.from(target).equals(readlinkSync(file, "buffer")))
    throw new NotUnicode(file);
  return process.platform === "win32" ? target.replaceAll("\\", "/") : target;
}

/** As Linux packs them (makedev(3)). */
function deviceNumbers(device: bigint): { readonly major: number; readonly minor: number } {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}
