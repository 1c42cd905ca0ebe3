/** Layers on top of each other, seen as the one file system they make (OCI image specification, `layer.md`). */
import { sortedByBytes } from "../../base/text.ts";
import type { FileEntry, FolderEntry, HardLinkEntry, TreeEntry } from "./entry.ts";
import { indexOf, type LayerNode } from "./layer-index.ts";
import { lastName, parentPath } from "./path.ts";
import { rootEntry, type Tree } from "./tree.ts";

/**
 * What layers hold, lowest first, each as `LayerStore.entries` gives it. An index is made of each array once, when something is first asked,
 * and shared by all trees that have it.
 */
export function layeredTree(layers: readonly (readonly TreeEntry[])[]): Tree {
  return new LayeredTree(layers);
}

/** What is at a path: a folder with the nodes of the layers that it shows, topmost first, or the one entry that hides all others. */
type Sight = FolderSight | LeafSight;

interface FolderSight {
  readonly kind: "folder";
  readonly nodes: readonly LayerNode[];
}

interface LeafSight {
  readonly kind: "leaf";
  readonly node: LayerNode;
  readonly entry: TreeEntry;
}

class LayeredTree implements Tree {
  readonly #layers: readonly (readonly TreeEntry[])[];
  #root: FolderSight | undefined;
  readonly #folders = new Map<string, FolderSight | undefined>();
  readonly #names = new Map<string, readonly string[]>();

  constructor(layers: readonly (readonly TreeEntry[])[]) {
    this.#layers = layers;
  }

  lstat(path: string): TreeEntry | undefined {
    const sight = this.#see(path);
    if (sight === undefined) return undefined;
    return sight.kind === "folder" ? folderEntry(path, sight.nodes) : this.#leafEntry(path, sight);
  }

  names(path: string): readonly string[] {
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const folder = this.#seeFolder(path);
    const names = folder === undefined ? [] : visibleNames(folder.nodes);
    this.#names.set(path, names);
    return names;
  }

  #see(path: string): Sight | undefined {
    if (path === "") {
      this.#root ??= { kind: "folder", nodes: this.#layers.map((entries) => indexOf(entries).root).reverse() };
      return this.#root;
    }
    const parent = this.#seeFolder(parentPath(path));
    return parent && seeChild(parent.nodes, lastName(path));
  }

  /** Kept: folders are asked for again and again. */
  #seeFolder(path: string): FolderSight | undefined {
    if (this.#folders.has(path)) return this.#folders.get(path);
    const sight = this.#see(path);
    const folder = sight?.kind === "folder" ? sight : undefined;
    this.#folders.set(path, folder);
    return folder;
  }

  /** Of a file with several names in its layer, the first one that is not hidden by other layers has the content. */
  #leafEntry(path: string, { node, entry }: LeafSight): TreeEntry | undefined {
    const group = node.layer.groups.get(path);
    if (group === undefined) return entry.type === "hardlink" ? this.#strayLink(path, entry) : entry;
    const first = group.names.find((name) => {
      const sight = this.#see(name);
      return sight?.kind === "leaf" && sight.node.layer === node.layer;
    });
    return first === undefined || first === path ? fileAt(path, group.file) : linkAt(path, group.file, first);
  }

  /** A link to what is no file, or not of its layer: what it stands for, under its name. */
  #strayLink(path: string, link: HardLinkEntry): TreeEntry | undefined {
    const target = link.target === path ? undefined : this.#see(link.target);
    if (target?.kind !== "leaf" || target.entry.type === "hardlink") return undefined;
    return { ...target.entry, path };
  }
}

function seeChild(parents: readonly LayerNode[], name: string): Sight | undefined {
  const nodes: LayerNode[] = [];
  for (const parent of parents) {
    const node = parent.children?.get(name);
    if (node === undefined) continue;
    if (node.entry !== undefined && node.entry.type !== "folder") {
      if (nodes.length === 0) return { kind: "leaf", node, entry: node.entry };
      break;
    }
    if (node.entry !== undefined || node.children !== undefined) nodes.push(node);
    if (node.hides) break;
  }
  return nodes.length === 0 ? undefined : { kind: "folder", nodes };
}

function visibleNames(nodes: readonly LayerNode[]): readonly string[] {
  const [only] = nodes;
  const all = nodes.length === 1 ? only?.children?.keys() : new Set(nodes.flatMap(namesOf));
  return sortedByBytes(all ?? []).filter((name) => seeChild(nodes, name) !== undefined);
}

function namesOf({ children }: LayerNode): readonly string[] {
  return children === undefined ? [] : [...children.keys()];
}

/** Of the topmost layer that tells of it. */
function folderEntry(path: string, nodes: readonly LayerNode[]): FolderEntry {
  for (const { entry } of nodes) {
    if (entry?.type !== "folder") continue;
    if (entry.opaque === undefined) return entry;
    const { opaque: _, ...plain } = entry;
    return plain;
  }
  return path === "" ? rootEntry : { ...rootEntry, path };
}

function fileAt(path: string, file: FileEntry): FileEntry {
  return file.path === path ? file : { ...file, path };
}

function linkAt(path: string, file: FileEntry, target: string): HardLinkEntry {
  const { content: _, ...attributes } = file;
  return { ...attributes, type: "hardlink", path, target };
}
