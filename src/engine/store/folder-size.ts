/** What a folder takes of the disk. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { errnoCode } from "../../base/errors.ts";

/** Entries between two looks at what else is to be done. */
const paceEntries = 2000;

/** In bytes, whole blocks; files with several names in it count once. What cannot be read counts nothing. */
export async function measureFolder(folder: string): Promise<number> {
  const seen = new Set<string>();
  const folders = [folder];
  let bytes = sizeOf(folder, seen).bytes;
  let entries = 0;
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    for (const name of namesIn(path)) {
      const child = join(path, name);
      const { bytes: own, isFolder } = sizeOf(child, seen);
      bytes += own;
      if (isFolder) folders.push(child);
      if (++entries % paceEntries === 0) await setImmediate();
    }
  }
  return bytes;
}

function sizeOf(path: string, seen: Set<string>): { readonly bytes: number; readonly isFolder: boolean } {
  try {
    const stats = lstatSync(path);
    const isFolder = stats.isDirectory();
    if (!isFolder && stats.nlink > 1) {
      const inode = `${stats.dev}:${stats.ino}`;
      if (seen.has(inode)) return { bytes: 0, isFolder };
      seen.add(inode);
    }
    return { bytes: Math.ceil(stats.size / 4096) * 4096, isFolder };
  } catch (error) {
    if (errnoCode(error) === undefined) throw error;
    return { bytes: 0, isFolder: false };
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoCode(error) === undefined) throw error;
    return [];
  }
}
