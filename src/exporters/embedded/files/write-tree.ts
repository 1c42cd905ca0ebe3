/** Writing a described file system into a folder, and nowhere else. */
import { execFile } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { messageOf } from "../../../base/errors.ts";
import type { FileEntry, FolderEntry, SpecialEntry, TreeEntry } from "../../../engine/tree/entry.ts";
import { isWithin, lastName, parentPath } from "../../../engine/tree/path.ts";
import { problems } from "../../problems.ts";
import type { FileContents } from "../file-contents.ts";

export interface WriteTreeOptions {
  readonly contents: FileContents;
  readonly signal: AbortSignal;
  /** Whether devices can be made. */
  readonly privileged: boolean;
  readonly onProgress?: (bytes: number) => void;
  readonly onWarning?: (message: string, detail: readonly string[]) => void;
}

/** Making files is quick, waiting for each is not: others get their turn after some hundred. */
const entriesAtOnce = 256;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Entries come in walk order; the folder is empty and nobody else writes there. Every entry lies in a folder that was made before it, so
 * no link is ever gone through, whatever the layers hold. All belongs to whoever runs this. Rejects with the error of the file system, a
 * TsbakeError for a name that cannot be, or the signal's reason.
 */
export async function writeTree(entries: Iterable<TreeEntry>, root: string, options: WriteTreeOptions): Promise<void> {
  await new TreeWriter(root, options).write(entries);
}

class TreeWriter {
  readonly #root: string;
  readonly #options: WriteTreeOptions;
  /** The folders around the entry at hand, outermost first. */
  readonly #open: FolderEntry[] = [];
  readonly #skipped: string[] = [];
  #bytes = 0;

  constructor(root: string, options: WriteTreeOptions) {
    this.#root = root;
    this.#options = options;
  }

  async write(entries: Iterable<TreeEntry>): Promise<void> {
    let count = 0;
    for (const entry of entries) {
      this.#options.signal.throwIfAborted();
      this.#enter(entry);
      await this.#make(entry);
      if (++count % entriesAtOnce === 0) await nextTurn();
    }
    this.#leave("");
    if (this.#skipped.length > 0) {
      const shown = this.#skipped.slice(0, 10);
      this.#options.onWarning?.(`left out ${this.#skipped.length} devices or pipes that cannot be made here`, shown);
    }
  }

  /** Finishes the folders that the entry is not in, and demands that the one it is in is there. */
  #enter({ path }: TreeEntry): void {
    const parent = parentPath(path);
    this.#leave(parent);
    if ((this.#open.at(-1)?.path ?? "") !== parent || !isName(lastName(path))) throw problems.badEntry(path);
  }

  /** Writing into a folder changes its time, and may not be permitted once it has its own mode. */
  #leave(next: string): void {
    for (let folder = this.#open.at(-1); folder !== undefined; folder = this.#open.at(-1)) {
      if (isWithin(next, folder.path)) return;
      finish(this.#at(folder.path), folder);
      this.#open.pop();
    }
  }

  async #make(entry: TreeEntry): Promise<void> {
    const path = this.#at(entry.path);
    switch (entry.type) {
      case "folder":
        mkdirSync(path, 0o700);
        this.#open.push(entry);
        return;
      case "file":
        await this.#writeFile(path, entry);
        return finish(path, entry);
      case "symlink":
        symlinkSync(entry.target, path);
        return lutimesSync(path, timeOf(entry), timeOf(entry));
      case "hardlink":
        return linkSync(this.#at(entry.target), path);
      case "whiteout":
        throw problems.badEntry(entry.path);
      default:
        return await this.#makeSpecial(path, entry);
    }
  }

  async #writeFile(path: string, entry: FileEntry): Promise<void> {
    const { contents, signal } = this.#options;
    const file = openSync(path, createFlags, 0o600);
    try {
      await contents.read(entry, signal, (piece) => {
        for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
      });
      this.#bytes += entry.content.size;
      this.#options.onProgress?.(this.#bytes);
    } finally {
      closeSync(file);
    }
  }

  /** Node cannot make them; `mknod` is everywhere where they mean something. */
  async #makeSpecial(path: string, entry: SpecialEntry): Promise<void> {
    if (entry.type !== "fifo" && !this.#options.privileged) return this.#skip(entry.path, "only root can make devices");
    const letters = { fifo: "p", character: "c", block: "b" } as const;
    const numbers = entry.type === "fifo" ? [] : [String(entry.major), String(entry.minor)];
    try {
      await promisify(execFile)("mknod", ["-m", "600", "--", path, letters[entry.type], ...numbers]);
      finish(path, entry);
    } catch (error) {
      this.#skip(entry.path, messageOf(error));
    }
  }

  #skip(path: string, why: string): void {
    this.#skipped.push(`${path}: ${why}`);
  }

  #at(path: string): string {
    return join(this.#root, path);
  }
}

/** One component of a path, and one on this machine too. */
function isName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) return false;
  return process.platform !== "win32" || !/[\\:*?"<>|\u0001-\u001f]|[. ]$/.test(name);
}

function finish(path: string, entry: TreeEntry): void {
  chmodSync(path, entry.mode & 0o7777);
  utimesSync(path, timeOf(entry), timeOf(entry));
}

/**
 * Node takes seconds, of which it keeps whole microseconds: half of one more, and rounding cannot lose any. What was before 1970 has to
 * be a date.
 */
function timeOf({ seconds, nanoseconds }: TreeEntry): number | Date {
  if (seconds < 0) return new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
  return nanoseconds === 0 ? seconds : seconds + (Math.floor(nanoseconds / 1000) + 0.5) / 1e6;
}
