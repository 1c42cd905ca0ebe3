/** Owner, permissions and times of what is copied. */
import type { TreeEntry } from "../tree/entry.ts";
import type { Tree } from "../tree/tree.ts";
import { bodyOf, type Inode, type Owner } from "./inode.ts";
import type { ModeChange } from "./mode-change.ts";
import type { FolderAttributes } from "./workspace.ts";

export interface Attributes {
  /** `--chown`; whoever owned it without. */
  readonly owner: Owner | undefined;
  readonly mode: ModeChange | undefined;
  /** A context: root owns everything, however the machine has it. */
  readonly ownerless: boolean;
  readonly nowSeconds: number;
}

const nobody: Owner = { uid: 0, gid: 0 };

/** A copy of an entry; undefined for a hard link to nothing. The root of a tree is as old as the build: nobody keeps when it changed. */
export function copiedInode(entry: TreeEntry, tree: Tree, attributes: Attributes): Inode | undefined {
  const body = bodyOf(entry, tree);
  if (body === undefined) return undefined;
  const { owner, mode, ownerless, nowSeconds } = attributes;
  const { uid, gid } = owner ?? (ownerless ? nobody : entry);
  const isRoot = entry.path === "";
  return {
    body,
    mode: body.type === "symlink" ? 0o777 : (mode?.apply(entry.mode, body.type === "folder") ?? entry.mode),
    uid,
    gid,
    seconds: isRoot ? nowSeconds : entry.seconds,
    nanoseconds: isRoot ? 0 : entry.nanoseconds,
    capability: entry.capability,
    linked: false,
  };
}

/** Folders on the way have the octal permissions, but nothing beyond the nine bits, and nothing of symbolic changes. */
export function onTheWay({ owner, mode }: Attributes): FolderAttributes {
  return { mode: (mode?.octal ?? 0o755) & 0o777, owner: owner ?? nobody };
}

/** Gives an inode the attributes of another one. */
export function assignAttributes(inode: Inode, from: Inode): void {
  const { mode, uid, gid, seconds, nanoseconds } = from;
  Object.assign(inode, { mode, uid, gid, seconds, nanoseconds });
}
