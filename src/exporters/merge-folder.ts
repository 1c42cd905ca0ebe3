/** Moving what was received into a folder that is already there. */
import { constants, renameSync, type Stats } from "node:fs";
import { access, chmod, lstat, readdir, rename, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoCode } from "../base/errors.ts";

export interface Received {
  /** The staging folder, which may be inside the destination. */
  readonly root: string;
  readonly content: string;
  /** An empty folder on the same file system, for what has to make room. */
  readonly displaced: string;
}

/**
 * Folders are joined; files and links replace what has their name, each by one rename; a name that changes between file and folder is
 * exchanged; everything else stays, or with `replace` makes room first. Links in the destination are never followed: they are replaced.
 * What would stop a move is looked for before the first one. When one fails nevertheless, what had made room comes back.
 */
export async function mergeFolder(
  received: Received,
  destination: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  if (!replace) await checkMoves(received.content, destination, (await lstat(destination)).dev);
  const room = new Room(received.displaced);
  try {
    if (replace) {
      for (const name of await readdir(destination)) {
        const path = join(destination, name);
        if (path !== received.root) await room.displace(path);
      }
    }
    await moveEntries(received.content, destination, room);
  } catch (error) {
    await room.restore();
    throw error;
  }
}

/** Throws what a rename would, for every folder that others are to be moved into. */
async function checkMoves(from: string, to: string, device: number): Promise<void> {
  await access(to, constants.W_OK | constants.X_OK);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const target = join(to, entry.name);
    const present = await lstatIfThere(target);
    if (!present?.isDirectory()) continue;
    if (present.dev !== device) throw Object.assign(new Error(`${target} is a mount`), { code: "EXDEV" });
    await checkMoves(join(from, entry.name), target, device);
  }
}

async function moveEntries(from: string, to: string, room: Room): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    await room.breathe();
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await moveFolder(source, target, room);
    else await moveLeaf(source, target, room);
  }
}

async function moveLeaf(source: string, target: string, room: Room): Promise<void> {
  try {
    renameSync(source, target);
  } catch (error) {
    if (errnoCode(error) !== "EISDIR" && errnoCode(error) !== "ENOTEMPTY" && errnoCode(error) !== "EEXIST") throw error;
    await room.displace(target);
    await rename(source, target);
  }
}

/** Tried before looked at: another output may be moved into the same folder at the same time. */
async function moveFolder(source: string, target: string, room: Room): Promise<void> {
  try {
    await renameFolder(source, target);
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST") {
      const looks = await lstat(source);
      await chmod(source, (looks.mode & 0o7777) | 0o700);
      await moveEntries(source, target, room);
      await takeOver(looks, target);
    } else if (code === "ENOTDIR") {
      await room.displace(target);
      await renameFolder(source, target);
    } else {
      throw error;
    }
  }
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A folder that moves to another parent must be writable, for its entry `..` changes. */
async function renameFolder(source: string, target: string): Promise<void> {
  try {
    renameSync(source, target);
  } catch (error) {
    if (errnoCode(error) !== "EACCES") throw error;
    const { mode } = await lstat(source);
    await chmod(source, (mode & 0o7777) | 0o700);
    let at = source;
    try {
      renameSync(source, target);
      at = target;
    } finally {
      await chmod(at, mode & 0o7777);
    }
  }
}

/** A joined folder gets the permissions and times of the received one. */
async function takeOver({ mode, atime, mtime }: Stats, target: string): Promise<void> {
  try {
    await chmod(target, mode & 0o7777);
    await utimes(target, atime, mtime);
  } catch (error) {
    // Somebody else's folder, in which we may write: its looks are theirs.
    if (errnoCode(error) !== "EPERM") throw error;
  }
}

const stepsAtOnce = 256;

/** What had to make room, and where it came from. */
class Room {
  readonly #folder: string;
  #steps = 0;
  readonly #moved: { readonly from: string; readonly to: string }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Renames are so short that waiting for each of them would take several times as long as doing it; others get their turn after some
   * hundred.
   */
  async breathe(): Promise<void> {
    if (++this.#steps % stepsAtOnce === 0) await nextTurn();
  }

  async displace(path: string): Promise<void> {
    await this.breathe();
    const to = join(this.#folder, String(this.#moved.length));
    await renameFolder(path, to);
    this.#moved.push({ from: path, to });
  }

  /** Puts everything back, the last first; what has taken its place goes. Never throws. */
  async restore(): Promise<void> {
    for (const { from, to } of [...this.#moved].reverse()) {
      await rename(from, `${to}-successor`).catch(() => {});
      await rename(to, from).catch(() => {});
    }
  }
}
