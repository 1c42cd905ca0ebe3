/**
 * A blob is sealed with its size when it is complete: the size is written as its time of modification. Whatever is cut, added or written later,
 * through a hard link to it too, breaks the seal, and a single `lstat` tells.
 */
import type { Stats } from "node:fs";

/** Seconds since the epoch: even ones between 1980 and 2015, which every file system can keep. */
export function sealSeconds(sizeBytes: number): number {
  return 315_532_800 + 2 * (sizeBytes % 2 ** 29);
}

export function isSealed(stats: Stats): boolean {
  return stats.isFile() && stats.mtimeMs === sealSeconds(stats.size) * 1000;
}
