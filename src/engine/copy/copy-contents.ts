/** What is in a folder, copied into another: merged with what is there, hard links kept, filtered. */
import type { FolderVerdict, PathFilter } from "../../dockerfile/ignore/path-filter.ts";
import type { FolderEntry, TreeEntry } from "../tree/entry.ts";
import { childPath, lastName } from "../tree/path.ts";
import type { Tree } from "../tree/tree.ts";
import { type Attributes, assignAttributes, copiedInode } from "./attributes.ts";
import type { Inode } from "./inode.ts";
import { entriesAStep } from "./pace.ts";
import { fileOntoFolder, folderOntoFile } from "./problems.ts";
import type { Folder, Workspace } from "./workspace.ts";

export interface CopyContents {
  readonly workspace: Workspace;
  readonly tree: Tree;
  /** Without links. */
  readonly source: string;
  readonly target: Folder;
  readonly attributes: Attributes;
  /** Of paths below the source. */
  readonly filter: PathFilter | undefined;
  /** Called for everything that is copied. */
  readonly onCopied: () => void;
}

/** Yields with each folder, and within large ones. Throws a BuildFailure where a file and a folder meet. */
export function* copyContents(copy: CopyContents): Generator<void, void, undefined> {
  yield* new ContentsCopy(copy).folder(copy.source, "", { kind: "made", folder: copy.target }, undefined);
}

/** Where entries go: a folder that is there, or one that is made with the first entry that the filter lets through. */
type Place =
  | { readonly kind: "made"; readonly folder: Folder }
  | { readonly kind: "pending"; readonly parent: Place; readonly entry: FolderEntry; made?: Folder };

class ContentsCopy {
  readonly #copy: CopyContents;
  /** Files by their path in the source: the copies of their other names become links to them. */
  readonly #files = new Map<string, Inode>();

  constructor(copy: CopyContents) {
    this.#copy = copy;
  }

  *folder(source: string, below: string, place: Place, verdict: FolderVerdict | undefined): Generator<void> {
    const { tree, filter } = this.#copy;
    for (const [index, name] of tree.names(source).entries()) {
      if (index % entriesAStep === 0) yield;
      const path = childPath(source, name);
      const entry = tree.lstat(path);
      if (entry === undefined) continue;
      // Only filters care where in the source they are.
      const relative = filter === undefined ? "" : childPath(below, name);
      if (entry.type === "folder") yield* this.#subfolder(entry, relative, place, verdict);
      else if (filter === undefined || filter.file(relative, verdict) === "send") this.#file(entry, place);
    }
  }

  *#subfolder(entry: FolderEntry, below: string, parent: Place, verdict: FolderVerdict | undefined): Generator<void> {
    const { filter, attributes, tree, onCopied } = this.#copy;
    const own = filter?.folder(below, verdict);
    if (own?.verdict === "skip") return;
    const place: Place = { kind: "pending", parent, entry };
    if (own?.verdict === "pass") {
      yield* this.folder(entry.path, below, place, own.folder);
      return;
    }
    const folder = this.#make(place);
    onCopied();
    yield* this.folder(entry.path, below, { kind: "made", folder }, own?.folder);
    // Last, because whatever was put into the folder has changed its time.
    const inode = copiedInode(entry, tree, attributes);
    if (inode !== undefined) assignAttributes(folder.inode, inode);
  }

  #file(entry: TreeEntry, place: Place): void {
    const { tree, attributes, workspace, onCopied } = this.#copy;
    const copied = copiedInode(entry, tree, attributes);
    if (copied === undefined) return;
    const first = entry.type === "hardlink" ? this.#files.get(entry.target) : undefined;
    if (first !== undefined) {
      assignAttributes(first, copied);
      first.linked = true;
    }
    const inode = first ?? copied;
    if (copied.body.type === "file") this.#files.set(entry.type === "hardlink" ? entry.target : entry.path, inode);
    placeFile(workspace, this.#make(place), lastName(entry.path), inode, entry.path);
    onCopied();
  }

  /** The folder of a place, as the source has it; one that is there already gets the permissions of the source. */
  #make(place: Place): Folder {
    if (place.kind === "made") return place.folder;
    place.made ??= this.#makeIn(this.#make(place.parent), place.entry);
    return place.made;
  }

  #makeIn(parent: Folder, entry: FolderEntry): Folder {
    const { workspace, tree, attributes } = this.#copy;
    const name = lastName(entry.path);
    const there = workspace.child(parent, name);
    if (there?.kind === "leaf") throw folderOntoFile(entry.path, childPath(parent.path, name));
    if (there !== undefined) {
      there.inode.mode = entry.mode;
      return there;
    }
    const inode = copiedInode(entry, tree, attributes);
    if (inode === undefined) throw new Error(`${entry.path} is no folder`);
    return workspace.make(parent, name, inode);
  }
}

/** Puts something that is not a folder in place of what has its name, unless that is one. */
export function placeFile(workspace: Workspace, folder: Folder, name: string, inode: Inode, source: string): void {
  if (workspace.child(folder, name)?.kind === "folder") throw fileOntoFolder(source, childPath(folder.path, name));
  workspace.put(folder, name, inode);
}
