/**
 * The entries of an archive, put into a folder as tar does it (ADD). They keep the owners, permissions and times of the archive; folders that
 * it does not name belong to root. Links on the way are followed, with the folder for their root; a link that has the name of an entry is
 * replaced.
 */
import type { FolderEntry, HardLinkEntry, TreeEntry } from "../tree/entry.ts";
import { childPath, lastName, parentPath } from "../tree/path.ts";
import { resolvePath } from "../tree/resolve-path.ts";
import { subTree } from "../tree/sub-tree.ts";
import { emptyTree } from "../tree/tree.ts";
import { assignAttributes } from "./attributes.ts";
import { type Inode, inodeOf, type Owner } from "./inode.ts";
import { entriesAStep } from "./pace.ts";
import { badArchive } from "./problems.ts";
import type { Folder, FolderAttributes, Node, Workspace } from "./workspace.ts";

export interface Unpack {
  readonly workspace: Workspace;
  /** In the order of the archive: later ones replace earlier ones. */
  readonly entries: readonly TreeEntry[];
  readonly target: Folder;
  /** `--chown`: of everything but the folders that the archive does not name. */
  readonly owner: Owner | undefined;
  /** For messages. */
  readonly source: string;
}

const impliedFolder: FolderAttributes = { mode: 0o755, owner: { uid: 0, gid: 0 } };

/** Yields now and then. Throws a BuildFailure for a link to what is not there. */
export function* unpack(request: Unpack): Generator<void, void, undefined> {
  const unpacking = new Unpacking(request);
  // Whoever unpacks works in the folder, and leaves that trace even when nothing comes to lie in the folder itself.
  request.workspace.touch(request.target);
  for (const [index, entry] of request.entries.entries()) {
    unpacking.take(entry);
    if (index % entriesAStep === 0) yield;
  }
  unpacking.finish();
}

class Unpacking {
  readonly #request: Unpack;
  /** The times of folders are set when nothing is put into them any more. */
  readonly #folders: { readonly folder: Folder; readonly inode: Inode }[] = [];

  constructor(request: Unpack) {
    this.#request = request;
  }

  take(entry: TreeEntry): void {
    // The folder itself stays as it is.
    if (entry.path === "") return;
    const parent = this.#folderAt(parentPath(entry.path));
    const name = lastName(entry.path);
    if (entry.type === "folder") this.#takeFolder(parent, name, entry);
    else if (entry.type === "hardlink") this.#takeLink(parent, name, entry);
    else this.#request.workspace.put(parent, name, this.#inodeOf(entry));
  }

  finish(): void {
    for (const { folder, inode } of this.#folders) {
      folder.inode.seconds = inode.seconds;
      folder.inode.nanoseconds = inode.nanoseconds;
    }
  }

  #takeFolder(parent: Folder, name: string, entry: FolderEntry): void {
    const { workspace } = this.#request;
    const inode = this.#inodeOf(entry);
    const there = workspace.child(parent, name);
    const folder = there?.kind === "folder" ? there : workspace.make(parent, name, { ...inode });
    assignAttributes(folder.inode, inode);
    this.#folders.push({ folder, inode });
  }

  /** What the entry of a hard link says of owner, permissions and time holds for the file. */
  #takeLink(parent: Folder, name: string, entry: HardLinkEntry): void {
    const { workspace, source, owner } = this.#request;
    const target = this.#childOf(parentPath(entry.target), lastName(entry.target));
    if (target?.kind !== "leaf")
      throw badArchive(source, `${entry.path} is a link to ${entry.target}, which is no file`);
    const { inode } = target;
    const isSymlink = inode.body.type === "symlink";
    const { uid, gid } = owner ?? entry;
    if (isSymlink) Object.assign(inode, { uid, gid });
    else assignAttributes(inode, { ...inode, ...timesOf(entry), mode: entry.mode, uid, gid });
    inode.linked = true;
    workspace.put(parent, name, inode);
  }

  #inodeOf(entry: Exclude<TreeEntry, HardLinkEntry>): Inode {
    const inode = inodeOf(entry, emptyTree);
    if (inode === undefined) throw badArchive(this.#request.source, `${entry.path} is of no type that can be unpacked`);
    const { uid, gid } = this.#request.owner ?? inode;
    const mode = entry.type === "symlink" ? 0o777 : entry.mode;
    return { ...inode, ...timesOf(entry), mode, uid, gid };
  }

  #childOf(folder: string, name: string): Node | undefined {
    return this.#request.workspace.child(this.#folderAt(folder), name);
  }

  /** The folder of a path of the archive. */
  #folderAt(path: string): Folder {
    const { workspace, target } = this.#request;
    let folder = target;
    if (path === "") return folder;
    for (const name of path.split("/")) {
      const node = workspace.child(folder, name);
      if (node?.kind === "folder") folder = node;
      else if (node?.inode.body.type === "symlink") return this.#throughLinks(path);
      else folder = workspace.makeFolders(childPath(folder.path, name), impliedFolder);
    }
    return folder;
  }

  /** A path with links in it: absolute ones start at the folder that is unpacked into. */
  #throughLinks(path: string): Folder {
    const { workspace, target, source } = this.#request;
    const resolved = resolvePath(subTree(workspace, target.path), path, { followLast: true });
    const node = workspace.at(target.path === "" ? resolved : `${target.path}/${resolved}`);
    if (node?.kind === "folder") return node;
    throw badArchive(source, `${path} leads through links to ${resolved}, which is no folder`);
  }
}

/** Times before 1970 count as 1970. */
function timesOf({ seconds, nanoseconds }: TreeEntry): Pick<Inode, "seconds" | "nanoseconds"> {
  return seconds < 0 ? { seconds: 0, nanoseconds: 0 } : { seconds, nanoseconds };
}
