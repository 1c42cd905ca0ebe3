/** What a path of a tree stands for when it is shown to a command: links are followed. */
import type { TreeEntry } from "./entry.ts";
import { lastName } from "./path.ts";
import { resolvePath } from "./resolve-path.ts";
import { subTree } from "./sub-tree.ts";
import type { Tree } from "./tree.ts";
import { walk } from "./walk.ts";

export interface SourceEntries {
  /** Of a folder what is in it, from there on; of a file the file alone, by its name. */
  readonly entries: Iterable<TreeEntry>;
  /** The name of the file; empty for a folder. */
  readonly name: string;
}

/** Undefined when there is nothing. */
export function sourceEntries(tree: Tree, path: string): SourceEntries | undefined {
  const found = resolvePath(tree, path, { followLast: true });
  const entry = tree.lstat(found);
  if (entry === undefined) return undefined;
  if (entry.type === "folder") return { entries: walk(subTree(tree, found)), name: "" };
  const target = entry.type === "hardlink" ? tree.lstat(entry.target) : undefined;
  const name = lastName(found);
  return { entries: [{ ...(target?.type === "file" ? target : entry), path: name }], name };
}

/** Whoever has the files of a context on this machine: in a build they are root's. */
export function* ownerless(entries: Iterable<TreeEntry>): Generator<TreeEntry> {
  for (const entry of entries) yield { ...entry, uid: 0, gid: 0 };
}
