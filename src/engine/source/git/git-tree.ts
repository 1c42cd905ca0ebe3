/** What is checked out, as a tree that says nothing of who did it and how. */
import type { TreeEntry } from "../../tree/entry.ts";
import type { Tree } from "../../tree/tree.ts";

/** Git knows of modes only whether a file may be run; owners are whoever builds. */
export function gitTree(tree: Tree): Tree {
  return {
    lstat: (path) => {
      const entry = tree.lstat(path);
      return entry === undefined ? undefined : { ...entry, uid: 0, gid: 0, mode: modeOf(entry) };
    },
    names: (path) => tree.names(path),
  };
}

function modeOf({ type, mode }: TreeEntry): number {
  if (type === "symlink") return 0o777;
  return type === "folder" || (mode & 0o100) !== 0 ? 0o755 : 0o644;
}
