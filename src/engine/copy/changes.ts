/**
 * What a layer has to say of a workspace: everything that is not as the base has it, each with the folders that lead to it. What is equal to
 * the base is left out, by the rule of BuildKit's differ: type, owner, permissions and device are the same; of what is no folder also size
 * and time, where content is compared only when both times are whole seconds.
 */
import { sortedByBytes } from "../../base/text.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { childPath } from "../tree/path.ts";
import type { Tree } from "../tree/tree.ts";
import { entryOf, type Inode, inodeOf } from "./inode.ts";
import { entriesAStep } from "./pace.ts";
import { type KnownHash, sameContent } from "./same-content.ts";
import type { Folder, Leaf, Workspace } from "./workspace.ts";

export interface CollectChanges {
  readonly workspace: Workspace;
  readonly knownHash: KnownHash | undefined;
  /** Receives the entries in walk order. */
  readonly entries: TreeEntry[];
}

/** Yields with each folder, and within large ones. */
export function* collectChanges(collect: CollectChanges): Generator<void, void, undefined> {
  yield* new Changes(collect).folder(collect.workspace.root, true);
}

class Changes {
  readonly #base: Tree;
  readonly #knownHash: KnownHash | undefined;
  readonly #entries: TreeEntry[];
  /** Files with several names by the first of them that is in the layer. */
  readonly #firstNames = new Map<Inode, string>();

  constructor({ workspace, knownHash, entries }: CollectChanges) {
    this.#base = workspace.base;
    this.#knownHash = knownHash;
    this.#entries = entries;
  }

  /** Everything in a folder. `inBase`: the base has a folder of that path, whether it still shows or not. */
  *folder(folder: Folder, inBase: boolean): Generator<void, void, undefined> {
    const vanished = inBase && !folder.showsBase ? this.#base.names(folder.path) : [];
    const names = vanished.length === 0 ? folder.children.keys() : new Set([...folder.children.keys(), ...vanished]);
    for (const [index, name] of sortedByBytes(names).entries()) {
      if (index % entriesAStep === 0) yield;
      const node = folder.children.get(name);
      const path = childPath(folder.path, name);
      if (node === undefined) this.#entries.push(whiteout(path));
      else if (node.kind === "leaf") this.#leaf(path, node, inBase ? this.#base.lstat(path) : undefined);
      else yield* this.#subfolder(node, inBase ? this.#base.lstat(path) : undefined);
    }
  }

  *#subfolder(folder: Folder, before: TreeEntry | undefined): Generator<void, void, undefined> {
    const at = this.#entries.length;
    this.#entries.push(entryOf(folder.path, folder.inode));
    yield* this.folder(folder, before?.type === "folder");
    // Nothing in it changed, and it did not either: its time alone says nothing.
    if (this.#entries.length === at + 1 && this.#isSame(folder.inode, before)) this.#entries.pop();
  }

  #leaf(path: string, { inode }: Leaf, before: TreeEntry | undefined): void {
    if (this.#isSame(inode, before)) return;
    const first = inode.linked ? this.#firstNames.get(inode) : undefined;
    if (first === undefined) {
      this.#entries.push(entryOf(path, inode));
      if (inode.linked) this.#firstNames.set(inode, path);
      return;
    }
    const { mode, uid, gid, seconds, nanoseconds } = inode;
    this.#entries.push({ type: "hardlink", path, target: first, mode, uid, gid, seconds, nanoseconds });
  }

  #isSame(inode: Inode, entry: TreeEntry | undefined): boolean {
    const before = entry === undefined ? undefined : inodeOf(entry, this.#base);
    if (before === undefined || before.body.type !== inode.body.type) return false;
    if (before.mode !== inode.mode || before.uid !== inode.uid || before.gid !== inode.gid) return false;
    if (!sameBytes(before.capability, inode.capability)) return false;
    return this.#isSameBody(inode, before);
  }

  #isSameBody(a: Inode, b: Inode): boolean {
    if (a.body.type === "folder") return true;
    if (sizeOf(a) !== sizeOf(b) || a.seconds !== b.seconds || a.nanoseconds !== b.nanoseconds) return false;
    if ("major" in a.body && "major" in b.body) return a.body.major === b.body.major && a.body.minor === b.body.minor;
    // Times this exact are never those of two different files.
    if (a.nanoseconds !== 0) return true;
    if (a.body.type === "symlink" && b.body.type === "symlink") return a.body.target === b.body.target;
    if (a.body.type === "file" && b.body.type === "file") {
      return sameContent(a.body.content, b.body.content, this.#knownHash);
    }
    return true;
  }
}

function sizeOf({ body }: Inode): number {
  if (body.type === "file") return body.content.size;
  return body.type === "symlink" ? Buffer.byteLength(body.target) : 0;
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}

function whiteout(path: string): TreeEntry {
  return { type: "whiteout", path, mode: 0, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 };
}
