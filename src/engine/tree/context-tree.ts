/** A folder of this machine as a tree. */
import { type BigIntStats, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { sortedByBytes } from "../../base/text.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { diskEntry, NotUnicode } from "./disk-entry.ts";
import type { FileEntry, HardLinkEntry, TreeEntry } from "./entry.ts";
import { childPath, lastName, parentPath } from "./path.ts";
import { rootEntry, type Tree } from "./tree.ts";

/** What decides on the entries of a folder: a `PathFilter` of an ignore file. `V` is what it wants to know again about the folder above. */
export interface ContextFilter<V> {
  readonly file: (path: string, parent: V | undefined) => Verdict;
  readonly folder: (path: string, parent: V | undefined) => { readonly verdict: Verdict; readonly folder: V };
}

/** `pass`: the folder is left out, but for what is in it and not left out. */
type Verdict = "send" | "pass" | "skip";

export interface ContextOptions<V> {
  readonly filter?: ContextFilter<V>;
}

/**
 * The tree of a folder, read from disk as it is asked; each thing once, so that a tree does not change while it is used. What is left out is
 * never read; sockets and what vanishes between two looks are not there. Throws a BuildFailure when the folder is none, and later, from any of its
 * functions, when something cannot be read or has a name that is not UTF-8.
 */
export function openContextTree<V>(folder: string, { filter }: ContextOptions<V> = {}): Tree {
  return new ContextTree(contextRoot(folder), filter);
}

interface KnownFolder<V> {
  readonly verdict: V | undefined;
  readonly passed: boolean;
}

/** In the tree and on disk. */
interface Place {
  readonly path: string;
  readonly file: string;
}

class ContextTree<V> implements Tree {
  readonly #root: string;
  /** What paths follow on disk. */
  readonly #prefix: string;
  readonly #filter: ContextFilter<V> | undefined;
  /** Null for what is not there, or left out. */
  readonly #entries = new Map<string, TreeEntry | null>();
  readonly #folders = new Map<string, KnownFolder<V>>();
  readonly #names = new Map<string, readonly string[]>();
  /** Files with more names than one, somewhere on the disk: path to inode. */
  readonly #shared = new Map<string, string>();
  /** Of those: inode to the first path in walk order. */
  #firstNames: ReadonlyMap<string, string> | undefined;

  constructor(root: string, filter: ContextFilter<V> | undefined) {
    this.#root = root;
    this.#prefix = root.endsWith(sep) ? root : root + sep;
    this.#filter = filter;
    this.#folders.set("", { verdict: undefined, passed: false });
    const entry = diskEntry("", root, statSync(root, { bigint: true }));
    this.#entries.set("", entry ?? rootEntry);
  }

  lstat(path: string): TreeEntry | undefined {
    const entry = this.#lookUp(path);
    return entry?.type === "file" && this.#shared.has(path) ? this.#member(entry) : entry;
  }

  names(path: string): readonly string[] {
    let names = this.#names.get(path);
    if (names === undefined) {
      names = this.#read(path);
      this.#names.set(path, names);
    }
    return names;
  }

  #lookUp(path: string): TreeEntry | undefined {
    const known = this.#entries.get(path);
    if (known !== undefined) return known ?? undefined;
    const folder = this.#folderAt(parentPath(path));
    if (folder === undefined || !this.#isSpelled(path)) return undefined;
    return this.#look(path, folder, false);
  }

  /** Undefined when it is no folder, or left out. */
  #folderAt(path: string): KnownFolder<V> | undefined {
    if (!this.#folders.has(path)) this.#lookUp(path);
    return this.#folders.get(path);
  }

  /** Where the disk takes one case of letters for the other, only the listing tells what a name is. */
  #isSpelled(path: string): boolean {
    return process.platform === "linux" || this.names(parentPath(path)).includes(lastName(path));
  }

  #read(path: string): readonly string[] {
    const folder = this.#folderAt(path);
    if (folder === undefined) return [];
    const names = sortedByBytes(this.#list(path, folder));
    return names.filter((name) => this.#look(childPath(path, name), folder, true) !== undefined);
  }

  /** A folder that is left out is allowed to be closed to us. */
  #list(path: string, { passed }: KnownFolder<V>): string[] {
    try {
      return readdirSync(this.#onDisk(path));
    } catch (error) {
      const code = errnoCode(error);
      if (code === "ENOENT" && path !== "") return [];
      if (passed && (code === "EACCES" || code === "EPERM")) return [];
      throw unreadable(this.#onDisk(path), error);
    }
  }

  #look(path: string, parent: KnownFolder<V>, listed: boolean): TreeEntry | undefined {
    const known = this.#entries.get(path);
    if (known !== undefined) return known ?? undefined;
    const file = this.#onDisk(path);
    const stats = this.#stats({ path, file }, parent, listed);
    const entry = stats && this.#admit({ path, file }, parent, stats);
    this.#entries.set(path, entry ?? null);
    return entry;
  }

  #stats({ path, file }: Place, parent: KnownFolder<V>, listed: boolean): BigIntStats | undefined {
    try {
      return lstatSync(file, { bigint: true });
    } catch (error) {
      const code = errnoCode(error);
      const mangled = code === "ENOENT" && listed && path.includes("\ufffd");
      if (!mangled && (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG")) return undefined;
      if (this.#filter?.file(path, parent.verdict) === "skip") return undefined;
      throw mangled ? notUnicode(file) : unreadable(file, error);
    }
  }

  #admit(place: Place, parent: KnownFolder<V>, stats: BigIntStats): TreeEntry | undefined {
    if (stats.isDirectory()) return this.#admitFolder(place, parent, stats);
    const { path } = place;
    if (this.#filter?.file(path, parent.verdict) === "skip") return undefined;
    if (stats.nlink > 1n && stats.isFile()) this.#shared.set(path, `${stats.dev}:${stats.ino}`);
    return this.#entry(place, stats);
  }

  #admitFolder(place: Place, parent: KnownFolder<V>, stats: BigIntStats): TreeEntry | undefined {
    const { path } = place;
    const answer = this.#filter?.folder(path, parent.verdict);
    if (answer?.verdict === "skip") return undefined;
    this.#folders.set(path, { verdict: answer?.folder, passed: answer?.verdict === "pass" });
    if (answer?.verdict === "pass" && this.names(path).length === 0) return undefined;
    return this.#entry(place, stats);
  }

  #entry({ path, file }: Place, stats: BigIntStats): TreeEntry | undefined {
    try {
      return diskEntry(path, file, stats);
    } catch (error) {
      if (errnoCode(error) === "ENOENT") return undefined;
      throw error instanceof NotUnicode ? notUnicode(file) : unreadable(file, error);
    }
  }

  /** Which of its names comes first, only the whole tree can tell. */
  #member(entry: FileEntry): TreeEntry {
    this.#firstNames ??= this.#findFirstNames();
    const first = this.#firstNames.get(this.#shared.get(entry.path) ?? "");
    return first === undefined || first === entry.path ? entry : linkTo(first, entry);
  }

  #findFirstNames(): ReadonlyMap<string, string> {
    const first = new Map<string, string>();
    const visit = (folder: string): void => {
      for (const name of this.#readableNames(folder)) {
        const path = childPath(folder, name);
        const inode = this.#shared.get(path);
        if (inode === undefined) visit(path);
        else if (!first.has(inode)) first.set(inode, path);
      }
    };
    visit("");
    return first;
  }

  /** Nothing of what cannot be read: whoever asks for that very folder is told. */
  #readableNames(path: string): readonly string[] {
    try {
      return this.#folders.has(path) ? this.names(path) : [];
    } catch (error) {
      if (error instanceof BuildFailure) return [];
      throw error;
    }
  }

  /** Joined by hand: a name may not be cleaned. */
  #onDisk(path: string): string {
    if (path === "") return this.#root;
    return this.#prefix + (sep === "/" ? path : path.replaceAll("/", sep));
  }
}

function linkTo(target: string, { content: _, ...attributes }: FileEntry): HardLinkEntry {
  return { ...attributes, type: "hardlink", target };
}

function contextRoot(folder: string): string {
  try {
    const root = realpathSync(folder);
    if (statSync(root).isDirectory()) return root;
  } catch (error) {
    const missing = errnoCode(error) === "ENOENT";
    if (!missing) throw unreadable(folder, error);
  }
  throw new BuildFailure("engine/no-context", `the context ${folder} is not a folder`, {
    hint: "contexts are folders, seen from the working folder: look for a slip in its path",
  });
}

function unreadable(file: string, error: unknown): BuildFailure {
  const denied = errnoCode(error) === "EACCES" || errnoCode(error) === "EPERM";
  const reason = denied ? "permission denied" : messageOf(error);
  return new BuildFailure("engine/context-unreadable", `${file} cannot be read: ${reason}`, {
    hint: "let it be read by who builds, or leave it out with a line in .dockerignore",
    cause: error,
  });
}

function notUnicode(file: string): BuildFailure {
  return new BuildFailure(
    "engine/not-unicode",
    `the name or link target of ${JSON.stringify(file)} is not valid UTF-8`,
    {
      hint: "rename it, or leave it out with a line in .dockerignore",
    },
  );
}
