/**
 * What a command changed, from the upper folder of its overlay (BuildKit's overlay differ and containerd's `sameDirent`): what was touched and
 * is as before is left out, removed things become whiteouts one by one, the parents of every change come with it.
 */
import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { sortedByBytes } from "../../../base/text.ts";
import { BuildFailure } from "../../../execute/ports.ts";
import type { TreeEntry } from "../../tree/entry.ts";
import { childPath } from "../../tree/path.ts";

export interface ChangeViews {
  /** What the command wrote. */
  readonly upper: string;
  /** All of it as the command saw it at the end. */
  readonly merged: string;
  /** As it was before. */
  readonly base: string;
  /** `security.capability` of those of the paths that have some, below one of the folders. */
  readonly capabilities: (folder: string, paths: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** In walk order, without the root. Rejects with the signal's reason, or a BuildFailure for names no layer can have. */
export async function findChanges(views: ChangeViews, signal: AbortSignal): Promise<readonly TreeEntry[]> {
  const first = new ChangeFinder(views, signal, new Set());
  const changes = await first.find();
  const other = await differentCapabilities(views, first.unchangedPrograms);
  if (other.size === 0) return withCapabilities(changes, views);
  return withCapabilities(await new ChangeFinder(views, signal, other).find(), views);
}

async function withCapabilities(changes: readonly TreeEntry[], views: ChangeViews): Promise<readonly TreeEntry[]> {
  const programs = changes.filter((entry) => isProgram(entry)).map(({ path }) => path);
  const capabilities = await views.capabilities(views.upper, programs);
  if (capabilities.size === 0) return changes;
  return changes.map((entry) => {
    // An archive tells of a file with several names once; a layer with each name.
    const capability =
      capabilities.get(entry.path) ?? (entry.type === "hardlink" ? capabilities.get(entry.target) : undefined);
    return capability === undefined ? entry : { ...entry, capability };
  });
}

function isProgram({ type, mode }: TreeEntry): boolean {
  return (type === "file" || type === "hardlink") && (mode & 0o111) !== 0;
}

/** Of files that are the same in everything else. */
async function differentCapabilities(views: ChangeViews, paths: readonly string[]): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return none;
  const now = await views.capabilities(views.upper, paths);
  const before = await views.capabilities(views.base, paths);
  return new Set(paths.filter((path) => !sameBytes(now.get(path), before.get(path))));
}

/** So many entries are looked at before others get their turn. */
const turnLength = 500;

class ChangeFinder {
  readonly #views: ChangeViews;
  readonly #signal: AbortSignal;
  readonly #changes: TreeEntry[] = [];
  /** Of files with several names: the first that is in the layer. */
  readonly #firstNames = new Map<bigint, string>();
  /** Files that differ although they look the same. */
  readonly #different: ReadonlySet<string>;
  readonly #unchangedPrograms: string[] = [];
  #seen = 0;

  constructor(views: ChangeViews, signal: AbortSignal, different: ReadonlySet<string>) {
    this.#views = views;
    this.#signal = signal;
    this.#different = different;
  }

  /** Files that can be run and look the same as before. */
  get unchangedPrograms(): readonly string[] {
    return this.#unchangedPrograms;
  }

  async find(): Promise<readonly TreeEntry[]> {
    await this.#lookInto("");
    return this.#changes;
  }

  /** Whether something in the folder changed. */
  async #lookInto(folder: string): Promise<boolean> {
    const names = readdirSync(`${this.#views.upper}/${folder}`);
    const before = this.#changes.length;
    const removed = this.#removedFrom(folder, names);
    for (const name of sortedByBytes([...names, ...removed])) {
      const path = childPath(folder, name);
      if (++this.#seen % turnLength === 0) {
        await nextTurn();
        this.#signal.throwIfAborted();
      }
      if (removed.has(name)) this.#changes.push(whiteout(path));
      else await this.#look(path);
    }
    return this.#changes.length > before;
  }

  async #look(path: string): Promise<void> {
    const stats = lstat(`${this.#views.upper}/${path}`);
    if (stats === undefined) throw unreadableName(path);
    const base = lstat(`${this.#views.base}/${path}`);
    if (isWhiteout(stats)) {
      if (base !== undefined) this.#changes.push(whiteout(path));
      return;
    }
    if (stats.isSocket()) return;
    if (!stats.isDirectory()) {
      const same = base !== undefined && !this.#different.has(path) && this.#isSame(path, stats, base);
      if (!same) this.#changes.push(this.#entryOf(path, stats));
      else if (stats.isFile() && (stats.mode & 0o111n) !== 0n) this.#unchangedPrograms.push(path);
      return;
    }
    const place = this.#changes.length;
    const changed = await this.#lookInto(path);
    if (changed || base === undefined || !this.#isSame(path, stats, base)) {
      this.#changes.splice(place, 0, this.#entryOf(path, stats));
    }
  }

  /**
   * What a folder that was removed and made again no longer has. There are no whiteouts for it, and that the folder is opaque cannot be read;
   * but whether one of the missing names can be seen tells.
   */
  #removedFrom(folder: string, names: readonly string[]): ReadonlySet<string> {
    if (folder === "") return none;
    const before = listFolder(`${this.#views.base}/${folder}`);
    if (before.length === 0) return none;
    const here = new Set(names);
    const missing = before.filter((name) => !here.has(name));
    const [probe] = missing;
    if (probe === undefined || lstat(`${this.#views.merged}/${folder}/${probe}`) !== undefined) return none;
    return new Set(missing);
  }

  #isSame(path: string, now: BigIntStats, before: BigIntStats): boolean {
    if (now.mode !== before.mode || now.uid !== before.uid || now.gid !== before.gid || now.rdev !== before.rdev) {
      return false;
    }
    if (now.isDirectory()) return true;
    if (now.size !== before.size) return false;
    const [nowNs, beforeNs] = [now.mtimeNs, before.mtimeNs];
    if (secondsOf(nowNs) !== secondsOf(beforeNs)) return false;
    if (nanosecondsOf(nowNs) !== nanosecondsOf(beforeNs)) return false;
    // Whole seconds may be what an archive left of a time.
    return nanosecondsOf(nowNs) !== 0 || this.#hasSameContent(path, now);
  }

  #hasSameContent(path: string, stats: BigIntStats): boolean {
    const [now, before] = [`${this.#views.upper}/${path}`, `${this.#views.base}/${path}`];
    if (stats.isSymbolicLink()) return readlinkSync(now) === readlinkSync(before);
    return !stats.isFile() || sameContent(now, before);
  }

  #entryOf(path: string, stats: BigIntStats): TreeEntry {
    const shared = {
      path,
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      seconds: secondsOf(stats.mtimeNs),
      nanoseconds: nanosecondsOf(stats.mtimeNs),
    };
    if (stats.isDirectory()) return { ...shared, type: "folder" };
    if (stats.nlink > 1n) {
      const first = this.#firstNames.get(stats.ino);
      if (first !== undefined) return { ...shared, type: "hardlink", target: first };
      this.#firstNames.set(stats.ino, path);
    }
    const file = `${this.#views.upper}/${path}`;
    if (stats.isSymbolicLink()) return { ...shared, mode: 0o777, type: "symlink", target: readlinkSync(file) };
    if (stats.isFIFO()) return { ...shared, type: "fifo", major: 0, minor: 0 };
    if (!stats.isFile()) {
      return { ...shared, type: stats.isBlockDevice() ? "block" : "character", ...deviceNumbers(stats.rdev) };
    }
    const { mtimeNs, ctimeNs, ino: inode, dev: device } = stats;
    const fingerprint = { mtimeNs, ctimeNs, inode, device };
    return { ...shared, type: "file", content: { kind: "disk", file, size: Number(stats.size), fingerprint } };
  }
}

const none: ReadonlySet<string> = new Set();

function whiteout(path: string): TreeEntry {
  return { type: "whiteout", path, mode: 0, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 };
}

/** As overlays mark what is gone. */
function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

function lstat(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // What was a folder in one view is a file in another.
    return undefined;
  }
}

function listFolder(path: string): readonly string[] {
  return lstat(path)?.isDirectory() === true ? readdirSync(path) : [];
}

const second = 1_000_000_000n;

function secondsOf(ns: bigint): number {
  return Number((ns - BigInt(nanosecondsOf(ns))) / second);
}

function nanosecondsOf(ns: bigint): number {
  return Number(((ns % second) + second) % second);
}

/** makedev(3) of Linux. */
function deviceNumbers(device: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)),
    minor: Number((device & 0xffn) | ((device >> 12n) & ~0xffn)),
  };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

const comparedAtOnce = 256 * 1024;

/** Of two files of one size. */
function sameContent(a: string, b: string): boolean {
  const files = [openSync(a, "r"), openSync(b, "r")] as const;
  try {
    const buffers = [Buffer.allocUnsafe(comparedAtOnce), Buffer.allocUnsafe(comparedAtOnce)] as const;
    for (;;) {
      const length = readSync(files[0], buffers[0], 0, comparedAtOnce, null);
      const other = readSync(files[1], buffers[1], 0, comparedAtOnce, null);
      if (length !== other || buffers[0].compare(buffers[1], 0, length, 0, length) !== 0) return false;
      if (length === 0) return true;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}

function unreadableName(path: string): BuildFailure {
  return new BuildFailure(
    "engine/bad-name",
    `the command made ${JSON.stringify(`/${path}`)}, which is no valid UTF-8`,
    {
      hint: "give the file another name, or remove it in the same RUN",
    },
  );
}
