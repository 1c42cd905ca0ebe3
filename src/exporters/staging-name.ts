/**
 * The names of staged outputs, `.<name>.tsbake-<host>-<process>-<random>`: hidden, beside the destination, and telling whose they are so
 * that what a killed process left behind can be removed later.
 */
import { createHash, randomBytes } from "node:crypto";
import { lstat, opendir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { removeTree } from "./remove-tree.ts";

/** File names may have 255 bytes; the name within ours is only for people. */
const shownBytes = 100;
const pattern = /\.tsbake-([0-9a-f]{8})-([0-9]+)-[0-9a-f]{12}$/;

/** A process on another machine, or in another container, cannot be asked whether it lives; a build does not take that long. */
const foreignAgeMs = 7 * 24 * 60 * 60 * 1000;

/** A new name for staging `name`. */
export function stagingName(name: string): string {
  const shown = new TextDecoder().decode(Buffer.from(name).subarray(0, shownBytes)).replace(/\uFFFD+$/, "");
  return `.${shown}.tsbake-${host()}-${process.pid}-${randomBytes(6).toString("hex")}`;
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
  const [, host_, processId] = pattern.exec(name) ?? [];
  if (host_ === undefined) return false;
  const { mtimeMs, birthtimeMs } = await lstat(path);
  if (host_ !== host()) return Date.now() - mtimeMs > foreignAgeMs;
  // Process ids come again, in containers all the time: what is older than this process is not its own.
  if (Number(processId) === process.pid) return birthtimeMs > 0 && birthtimeMs < startedMs();
  return !isAlive(Number(processId));
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function startedMs(): number {
  return Date.now() - process.uptime() * 1000;
}

function host(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}
