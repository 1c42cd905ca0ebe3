/**
 * A file system under way: what is put on top of a base. Only what is looked at or changed is held; everything else is asked of the base.
 * A folder that something is put into has a new time of modification, as on disk.
 */
import type { TreeEntry } from "../tree/entry.ts";
import { childPath, lastName, parentPath } from "../tree/path.ts";
import { resolvePath } from "../tree/resolve-path.ts";
import type { Tree } from "../tree/tree.ts";
import { entryOf, type Inode, inodeOf, newFolder, type Owner } from "./inode.ts";
import { notFolder } from "./problems.ts";

export type Node = Folder | Leaf;

export interface Folder {
  readonly kind: "folder";
  readonly path: string;
  readonly inode: Inode;
  /** What was looked at or changed in it. */
  readonly children: Map<string, Node>;
  /** False when it stands where the base has something else, or where that was removed. */
  readonly showsBase: boolean;
}

export interface Leaf {
  readonly kind: "leaf";
  readonly inode: Inode;
}

/** Of folders that are made on the way. */
export interface FolderAttributes {
  readonly mode: number;
  readonly owner: Owner;
}

export class Workspace implements Tree {
  readonly base: Tree;
  readonly nowSeconds: number;
  readonly root: Folder;

  constructor(base: Tree, nowSeconds: number) {
    this.base = base;
    this.nowSeconds = nowSeconds;
    this.root = {
      kind: "folder",
      path: "",
      inode: newFolder(0o755, { uid: 0, gid: 0 }, nowSeconds),
      children: new Map(),
      showsBase: true,
    };
  }

  child(folder: Folder, name: string): Node | undefined {
    const known = folder.children.get(name);
    if (known !== undefined || !folder.showsBase) return known;
    const path = childPath(folder.path, name);
    const entry = this.base.lstat(path);
    const inode = entry === undefined ? undefined : inodeOf(entry, this.base);
    if (inode === undefined) return undefined;
    const node: Node =
      inode.body.type === "folder"
        ? { kind: "folder", path, inode, children: new Map(), showsBase: true }
        : { kind: "leaf", inode };
    folder.children.set(name, node);
    return node;
  }

  /** What is at a path that has no links on its way. */
  at(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    if (path === "") return node;
    for (const name of path.split("/")) {
      if (node?.kind !== "folder") return undefined;
      node = this.child(node, name);
    }
    return node;
  }

  lstat(path: string): TreeEntry | undefined {
    const node = this.at(path);
    return node === undefined ? undefined : entryOf(path, node.inode);
  }

  names(path: string): readonly string[] {
    const node = this.at(path);
    if (node?.kind !== "folder") return [];
    const ofBase = node.showsBase ? this.base.names(path) : [];
    return [...new Set([...ofBase, ...node.children.keys()])];
  }

  /** A path with every link on its way followed, the last part's too. */
  resolve(path: string): string {
    return resolvePath(this, path, { followLast: true });
  }

  /** Gives an inode a name, whatever had it before. */
  put(folder: Folder, name: string, inode: Inode): void {
    folder.children.set(name, { kind: "leaf", inode });
    this.touch(folder);
  }

  /** Makes a folder, in place of whatever had the name. */
  make(folder: Folder, name: string, inode: Inode): Folder {
    const path = childPath(folder.path, name);
    const made: Folder = { kind: "folder", path, inode, children: new Map(), showsBase: false };
    folder.children.set(name, made);
    this.touch(folder);
    return made;
  }

  /** The folder at a path without links, with those that lead to it; what is missing is made. Throws a BuildFailure when one of them is none. */
  makeFolders(path: string, attributes: FolderAttributes): Folder {
    if (path === "") return this.root;
    const parent = this.makeFolders(parentPath(path), attributes);
    const name = lastName(path);
    const node = this.child(parent, name);
    if (node === undefined)
      return this.make(parent, name, newFolder(attributes.mode, attributes.owner, this.nowSeconds));
    if (node.kind === "leaf") throw notFolder(path);
    return node;
  }

  /** Something in the folder came or went. */
  touch({ inode }: Folder): void {
    inode.seconds = this.nowSeconds;
    inode.nanoseconds = 0;
  }
}
