/**
 * The names of staged outputs, `.<name>.tsbake-<process>`: hidden, beside the destination, and telling whose they are so that what a killed
 * process left behind can be removed later.
 */
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, processIdentity } from "./process-identity.ts";
import { removeTree } from "./remove-tree.ts";

/** File names may have 255 bytes; the name within ours is only for people. */
const shownBytes = 100;

/** A process on another machine, or in another container, cannot be asked whether it lives; a build does not take that long. */
const foreignAgeMs = 7 * 24 * 60 * 60 * 1000;

/** A new name for staging `name`. */
export function stagingName(name: string): string {
  return `${hiddenName(name)}.tsbake-${processIdentity()}`;
}

/** The name of the lock for changing what is called `name`. */
export function lockName(name: string): string {
  return `${hiddenName(name)}.tsbake.lock`;
}

function hiddenName(name: string): string {
  return `.${new TextDecoder().decode(Buffer.from(name).subarray(0, shownBytes)).replace(/\uFFFD+$/, "")}`;
}

/** Removes from a folder what processes that are gone had staged there. Never throws: it is not what the user asked for. */
export async function removeLeftovers(folder: string): Promise<void> {
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".") && (await isLeftover(path, entry.name))) await removeTree(path);
    }
  } catch {
    // Not there yet, or not readable: then nothing is removed.
  }
}

async function isLeftover(path: string, name: string): Promise<boolean> {
  const [, identity] = /\.tsbake-([0-9]+-[0-9]+-[0-9a-f]+-[0-9a-f]+)$/.exec(name) ?? [];
  if (identity === undefined) return false;
  const { mtimeMs } = await lstat(path);
  return !isRunning(identity, Date.now() - mtimeMs, foreignAgeMs);
}
