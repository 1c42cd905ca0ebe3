/** The members of an archive, made into the entries that unpacking it would leave: clean paths, the last of a name, whiteouts understood. */
import type { FileContent, TreeEntry } from "../../tree/entry.ts";
import { ArchiveProblem, type MemberHeader } from "./member.ts";

/** More entries than any image has: whoever made them wants our memory. */
const maximumEntries = 4_000_000;
const maximumLinks = 40;

interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly seconds: number;
  readonly nanoseconds: 0;
  readonly capability?: Uint8Array;
}

/** A file by whatever names it has. */
interface Inode {
  attributes: Attributes;
  readonly content: FileContent;
}

type Node =
  | { readonly kind: "inode"; readonly inode: Inode }
  | { readonly kind: "folder"; readonly attributes: Attributes; opaque: boolean }
  | { readonly kind: "symlink"; readonly attributes: Attributes; readonly target: string }
  | {
      readonly kind: "special";
      readonly type: "fifo" | "character" | "block";
      readonly attributes: Attributes;
      readonly major: number;
      readonly minor: number;
    }
  | { readonly kind: "whiteout" };

const implied: Attributes = { mode: 0o755, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 };

/** Members in the order of the archive. Throws an ArchiveProblem for what reaches outside or makes no sense. */
export class ArchiveTree {
  readonly #whiteouts: boolean;
  readonly #nodes = new Map<string, Node>();
  /** Folders as they were named to where they are; forgotten when a link appears. */
  readonly #resolved = new Map<string, string>();

  /** `whiteouts`: names that begin with `.wh.` take away what lower layers have. */
  constructor({ whiteouts }: { readonly whiteouts: boolean }) {
    this.#whiteouts = whiteouts;
  }

  add(header: MemberHeader, content: () => FileContent): void {
    if (header.type === "g" || header.type === "V") return;
    const named = cleanPath(header.name);
    if (named === "") return;
    const path = this.#place(named, header.name);
    const base = path.slice(path.lastIndexOf("/") + 1);
    if (this.#whiteouts && base.startsWith(".wh.")) this.#whiteout(path, base, header);
    else this.#set(path, this.#node(header, content));
    if (this.#nodes.size > maximumEntries) throw new ArchiveProblem(`it has more than ${maximumEntries} entries`);
  }

  /** In the order of the archive. */
  entries(): readonly TreeEntry[] {
    const first = new Map<Inode, string>();
    const entries: TreeEntry[] = [];
    for (const [path, node] of this.#nodes) entries.push(entryOf(path, node, first));
    return entries;
  }

  #node(header: MemberHeader, content: () => FileContent): Node {
    const attributes = attributesOf(header);
    switch (header.type) {
      case "0":
      case "7":
        return { kind: "inode", inode: { attributes, content: content() } };
      case "1":
        return this.#linked(header, attributes);
      case "2":
        return { kind: "symlink", attributes, target: header.link };
      case "3":
        return { kind: "special", type: "character", attributes, major: header.major, minor: header.minor };
      case "4":
        return { kind: "special", type: "block", attributes, major: header.major, minor: header.minor };
      case "5":
        return { kind: "folder", attributes, opaque: false };
      case "6":
        return { kind: "special", type: "fifo", attributes, major: 0, minor: 0 };
      case "S":
        throw new ArchiveProblem(`${quoted(header)} is stored as a sparse file; write the archive without --sparse`);
      default:
        throw new ArchiveProblem(
          `${quoted(header)} is of type ${JSON.stringify(header.type)}, which nobody can unpack`,
        );
    }
  }

  /** A second name; what its header says of owner, mode and time is said of the file. */
  #linked(header: MemberHeader, attributes: Attributes): Node {
    const named = cleanPath(header.link);
    const target = this.#nodes.get(named === "" ? "" : this.#place(named, header.name));
    if (target === undefined || target.kind === "folder" || target.kind === "whiteout")
      throw new ArchiveProblem(
        `${quoted(header)} is a hard link to ${JSON.stringify(header.link)}, which is not in it`,
      );
    if (target.kind === "inode") target.inode.attributes = attributes;
    return target;
  }

  #set(path: string, node: Node): void {
    const existing = this.#nodes.get(path);
    if (existing?.kind === "folder" && node.kind === "folder") {
      this.#nodes.set(path, { ...node, opaque: existing.opaque });
      return;
    }
    if (existing?.kind === "folder") this.#removeBelow(path);
    if (existing !== undefined) {
      this.#nodes.delete(path);
      this.#resolved.clear();
    }
    if (node.kind !== "folder") this.#resolved.clear();
    this.#nodes.set(path, existing?.kind === "whiteout" && node.kind === "folder" ? { ...node, opaque: true } : node);
  }

  #whiteout(path: string, base: string, header: MemberHeader): void {
    const parent = path.slice(0, Math.max(0, path.length - base.length - 1));
    if (base === ".wh..wh..opq") this.#hideBelow(parent);
    if (base.startsWith(".wh..wh.")) return;
    const name = base.slice(".wh.".length);
    if (name === "" || name === "." || name === "..") throw new ArchiveProblem(`${quoted(header)} takes away nothing`);
    const hidden = parent === "" ? name : `${parent}/${name}`;
    const existing = this.#nodes.get(hidden);
    if (existing === undefined) this.#nodes.set(hidden, { kind: "whiteout" });
    else if (existing.kind === "folder") existing.opaque = true;
  }

  #hideBelow(folder: string): void {
    if (folder === "") throw new ArchiveProblem("it hides the root of all layers below");
    const existing = this.#nodes.get(folder);
    if (existing?.kind === "folder") existing.opaque = true;
    else this.#set(folder, { kind: "folder", attributes: implied, opaque: true });
  }

  #removeBelow(folder: string): void {
    for (const path of this.#nodes.keys()) if (path.startsWith(`${folder}/`)) this.#nodes.delete(path);
  }

  /** Where a path leads when the folders in it may be links of this archive; the last part is taken as it is. */
  #place(path: string, name: string): string {
    const cut = path.lastIndexOf("/");
    return cut === -1 ? path : joined(this.#folder(path.slice(0, cut), name), path.slice(cut + 1));
  }

  #folder(path: string, name: string): string {
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    let left = path.split("/").reverse();
    let here = "";
    for (let links = 0; left.length > 0; ) {
      const part = left.pop();
      if (part === undefined || part === "" || part === ".") continue;
      if (part === "..") {
        here = here.slice(0, Math.max(0, here.lastIndexOf("/")));
        continue;
      }
      const next = joined(here, part);
      const node = this.#nodes.get(next);
      if (node?.kind === "symlink") {
        if (++links > maximumLinks) throw new ArchiveProblem(`${JSON.stringify(name)} is behind a loop of links`);
        if (node.target.startsWith("/")) here = "";
        left = [...left, ...node.target.split("/").reverse()];
      } else if (node !== undefined && node.kind !== "folder" && node.kind !== "whiteout") {
        throw new ArchiveProblem(`${JSON.stringify(name)} is inside of ${JSON.stringify(next)}, which is no folder`);
      } else {
        here = next;
      }
    }
    this.#resolved.set(path, here);
    return here;
  }
}

/** From the root of the archive; empty for the root. */
export function cleanPath(name: string): string {
  if (isClean(name)) return name.endsWith("/") ? name.slice(0, -1) : name;
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw new ArchiveProblem(`${JSON.stringify(name)} leads out of it`);
  }
  return parts.join("/");
}

function isClean(name: string): boolean {
  return name !== "" && !/^\/|^\.\.?(?:\/|$)|\/\/|\/\.\.?(?:\/|$)/.test(name);
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function quoted(header: MemberHeader): string {
  return JSON.stringify(header.name);
}

function attributesOf({ mode, uid, gid, seconds, capability }: MemberHeader): Attributes {
  const attributes = { mode: mode & 0o7777, uid, gid, seconds, nanoseconds: 0 } as const;
  return capability === undefined ? attributes : { ...attributes, capability };
}

function entryOf(path: string, node: Node, first: Map<Inode, string>): TreeEntry {
  switch (node.kind) {
    case "inode": {
      const target = first.get(node.inode);
      if (target !== undefined) return { ...node.inode.attributes, type: "hardlink", path, target };
      first.set(node.inode, path);
      return { ...node.inode.attributes, type: "file", path, content: node.inode.content };
    }
    case "folder":
      return { ...node.attributes, type: "folder", path, ...(node.opaque ? { opaque: true } : {}) };
    case "symlink":
      return { ...node.attributes, type: "symlink", path, target: node.target };
    case "special":
      return { ...node.attributes, type: node.type, path, major: node.major, minor: node.minor };
    case "whiteout":
      return { ...implied, mode: 0, type: "whiteout", path };
  }
}
