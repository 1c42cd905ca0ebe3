/** A layer as a tree of nodes, so that a path is found in it without looking at the others. */
import type { FileEntry, TreeEntry } from "./entry.ts";
import { compareInWalkOrder } from "./order.ts";
import { lastName, parentPath } from "./path.ts";

export interface LayerNode {
  readonly layer: LayerIndex;
  /** Absent for a folder the layer tells nothing of but what is in it, and for a mere whiteout. */
  readonly entry: TreeEntry | undefined;
  /** What lower layers have here is gone: a whiteout, or an opaque folder. */
  readonly hides: boolean;
  /** Set for folders that hold something. */
  readonly children: ReadonlyMap<string, LayerNode> | undefined;
}

export interface LayerIndex {
  readonly root: LayerNode;
  /** The files that have several names in this layer, by each of their names. */
  readonly groups: ReadonlyMap<string, LinkGroup>;
}

export interface LinkGroup {
  readonly file: FileEntry;
  /** All of them, in walk order. */
  readonly names: readonly string[];
}

const known = new WeakMap<readonly TreeEntry[], LayerIndex>();

/** The index of a layer's entries; the same for the same array. Of several entries with one path the last counts. */
export function indexOf(entries: readonly TreeEntry[]): LayerIndex {
  let index = known.get(entries);
  if (index === undefined) {
    index = new Index(entries);
    known.set(entries, index);
  }
  return index;
}

class Node implements LayerNode {
  readonly layer: LayerIndex;
  entry: TreeEntry | undefined;
  hides = false;
  children: Map<string, Node> | undefined;

  constructor(layer: LayerIndex) {
    this.layer = layer;
  }

  put(entry: TreeEntry): void {
    if (entry.type === "whiteout") {
      this.hides = true;
      return;
    }
    // What an archive puts over a folder takes its place.
    if (entry.type === "folder") this.hides ||= entry.opaque === true;
    else this.children = undefined;
    this.entry = entry;
  }
}

class Index implements LayerIndex {
  readonly root: Node;
  readonly groups: ReadonlyMap<string, LinkGroup>;
  #folder: { readonly path: string; readonly node: Node };

  constructor(entries: readonly TreeEntry[]) {
    this.root = new Node(this);
    this.#folder = { path: "", node: this.root };
    for (const entry of entries) this.#nodeAt(entry.path).put(entry);
    this.groups = this.#findGroups(entries);
  }

  #nodeAt(path: string): Node {
    return path === "" ? this.root : this.#child(this.#folderAt(parentPath(path)), lastName(path));
  }

  /** Entries of one folder mostly come one after the other. */
  #folderAt(path: string): Node {
    if (this.#folder.path === path && this.#folder.node.children !== undefined) return this.#folder.node;
    const node = this.#nodeAt(path);
    this.#folder = { path, node };
    return node;
  }

  #child(folder: Node, name: string): Node {
    // An archive that puts something into what was no folder before makes it one.
    if (folder.entry !== undefined && folder.entry.type !== "folder") folder.entry = undefined;
    folder.children ??= new Map();
    let child = folder.children.get(name);
    if (child === undefined) {
      child = new Node(this);
      folder.children.set(name, child);
    }
    return child;
  }

  #findGroups(entries: readonly TreeEntry[]): ReadonlyMap<string, LinkGroup> {
    const members = new Map<string, string[]>();
    for (const entry of entries) {
      if (entry.type !== "hardlink" || this.#entryAt(entry.path) !== entry) continue;
      const target = this.#origin(entry.target);
      const names = members.get(target);
      if (names === undefined) members.set(target, [target, entry.path]);
      else names.push(entry.path);
    }
    const groups = new Map<string, LinkGroup>();
    for (const [target, names] of members) {
      const file = this.#entryAt(target);
      if (file?.type !== "file") continue;
      const group = { file, names: names.sort(compareInWalkOrder) };
      for (const name of names) groups.set(name, group);
    }
    return groups;
  }

  /** Where a link of a link ends. */
  #origin(target: string): string {
    let path = target;
    for (let links = 0; links < 100; links++) {
      const entry = this.#entryAt(path);
      if (entry?.type !== "hardlink") break;
      path = entry.target;
    }
    return path;
  }

  #entryAt(path: string): TreeEntry | undefined {
    let node: Node | undefined = this.root;
    if (path !== "") for (const name of path.split("/")) node = node?.children?.get(name);
    return node?.entry;
  }
}
