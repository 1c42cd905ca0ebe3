/** A whole file system that is described rather than mounted: a context, or layers on top of each other. */
import type { FolderEntry, TreeEntry } from "./entry.ts";

/** Reading is synchronous and never follows links; whoever makes a tree has loaded what it needs, or reads it from disk as it is asked. */
export interface Tree {
  /** Undefined when there is nothing of that path (an entry as in `entry.ts`; `""` is the root, always there). Never a whiteout. */
  readonly lstat: (path: string) => TreeEntry | undefined;
  /** What a folder holds, sorted by bytes; empty for everything else. */
  readonly names: (path: string) => readonly string[];
}

/** The root of a tree that says nothing of it. */
export const rootEntry: FolderEntry = {
  type: "folder",
  path: "",
  mode: 0o755,
  uid: 0,
  gid: 0,
  seconds: 0,
  nanoseconds: 0,
};

export const emptyTree: Tree = {
  lstat: (path) => (path === "" ? rootEntry : undefined),
  names: () => [],
};
