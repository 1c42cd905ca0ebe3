/** A folder of a tree as a tree of its own. */
import type { FileEntry, HardLinkEntry, TreeEntry } from "./entry.ts";
import { childPath, isWithin } from "./path.ts";
import { rootEntry, type Tree } from "./tree.ts";
import { walk } from "./walk.ts";

/**
 * The tree with the folder at `path` for its root; empty when there is no folder. Links to files outside of it become files: the first name
 * in walk order has the content, the others link to that.
 */
export function subTree(tree: Tree, path: string): Tree {
  return path === "" ? tree : new SubTree(tree, path);
}

class SubTree implements Tree {
  readonly #tree: Tree;
  readonly #root: string;
  /** Of files outside: their first names inside. */
  #firstNames: ReadonlyMap<string, string> | undefined;

  constructor(tree: Tree, root: string) {
    this.#tree = tree;
    this.#root = root;
  }

  lstat(path: string): TreeEntry | undefined {
    const entry = this.#tree.lstat(childPathOf(this.#root, path));
    if (path === "") return entry?.type === "folder" ? { ...entry, path } : rootEntry;
    if (entry === undefined) return undefined;
    return entry.type === "hardlink" ? this.#linkAt(path, entry) : { ...entry, path };
  }

  names(path: string): readonly string[] {
    return this.#tree.names(childPathOf(this.#root, path));
  }

  #linkAt(path: string, link: HardLinkEntry): FileEntry | HardLinkEntry | undefined {
    if (isWithin(link.target, this.#root)) return { ...link, path, target: link.target.slice(this.#root.length + 1) };
    this.#firstNames ??= firstNamesOfOthers(this.#tree, this.#root);
    const first = this.#firstNames.get(link.target);
    if (first !== undefined && first !== link.path)
      return { ...link, path, target: first.slice(this.#root.length + 1) };
    const file = this.#tree.lstat(link.target);
    return file?.type === "file" ? { ...file, path } : undefined;
  }
}

function firstNamesOfOthers(tree: Tree, root: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const entry of walk(tree, root)) {
    if (entry.type !== "hardlink" || isWithin(entry.target, root) || names.has(entry.target)) continue;
    names.set(entry.target, entry.path);
  }
  return names;
}

function childPathOf(root: string, path: string): string {
  return path === "" ? root : childPath(root, path);
}
