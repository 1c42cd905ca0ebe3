/** What names of a file system under way stand for. Several names of one file share it, as on disk. */
import type { FileContent, TreeEntry } from "../tree/entry.ts";
import type { Tree } from "../tree/tree.ts";

export interface Inode {
  readonly body: Body;
  mode: number;
  uid: number;
  gid: number;
  seconds: number;
  nanoseconds: number;
  readonly capability: Uint8Array | undefined;
  /** Whether it was given a second name. */
  linked: boolean;
}

export type Body =
  | { readonly type: "folder" }
  | { readonly type: "file"; readonly content: FileContent }
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "fifo" | "character" | "block"; readonly major: number; readonly minor: number };

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const folderBody: Body = { type: "folder" };

/** A folder made now. */
export function newFolder(mode: number, owner: Owner, seconds: number): Inode {
  const { uid, gid } = owner;
  return { body: folderBody, mode, uid, gid, seconds, nanoseconds: 0, capability: undefined, linked: false };
}

/** As the entry of the tree is; undefined for a link to nothing and for whiteouts, which a tree does not have. */
export function inodeOf(entry: TreeEntry, tree: Tree): Inode | undefined {
  const body = bodyOf(entry, tree);
  if (body === undefined) return undefined;
  const { mode, uid, gid, seconds, nanoseconds, capability } = entry;
  return { body, mode, uid, gid, seconds, nanoseconds, capability, linked: false };
}

/** What an entry is; of a hard link, what its target is. */
export function bodyOf(entry: TreeEntry, tree: Tree): Body | undefined {
  if (entry.type === "whiteout") return undefined;
  if (entry.type !== "hardlink") return entry;
  const target = tree.lstat(entry.target);
  return target?.type === "file" ? target : undefined;
}

/** The inode under one of its names. */
export function entryOf(path: string, inode: Inode): TreeEntry {
  const { body, mode, uid, gid, seconds, nanoseconds, capability } = inode;
  const attributes = {
    path,
    mode,
    uid,
    gid,
    seconds,
    nanoseconds,
    ...(capability === undefined ? {} : { capability }),
  };
  switch (body.type) {
    case "folder":
      return { type: body.type, ...attributes };
    case "file":
      return { type: body.type, ...attributes, content: body.content };
    case "symlink":
      return { type: body.type, ...attributes, target: body.target };
    default:
      return { type: body.type, ...attributes, major: body.major, minor: body.minor };
  }
}
