/** Short ways to write entries. */
import { type FileEntry, inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";
import type { Tree } from "../../../src/engine/tree/tree.ts";

const attributes = { uid: 0, gid: 0, seconds: 0, nanoseconds: 0 };

export const file = (path: string, text: string = path, mode = 0o644): FileEntry => ({
  type: "file",
  path,
  mode,
  ...attributes,
  content: inlineContent(Buffer.from(text)),
});
export const folder = (path: string, mode = 0o755): TreeEntry => ({ type: "folder", path, mode, ...attributes });
export const opaque = (path: string): TreeEntry => ({
  type: "folder",
  path,
  mode: 0o755,
  ...attributes,
  opaque: true,
});
export const symlink = (path: string, target: string): TreeEntry => ({
  type: "symlink",
  path,
  mode: 0o777,
  ...attributes,
  target,
});
export const hardlink = (path: string, target: string): TreeEntry => ({
  type: "hardlink",
  path,
  mode: 0o644,
  ...attributes,
  target,
});
export const whiteout = (path: string): TreeEntry => ({ type: "whiteout", path, mode: 0, ...attributes });

/** `path` and what it is: `file text`, `folder`, `link target`, `same first-name`. */
export function shown(entry: TreeEntry | undefined): string {
  if (entry === undefined) return "nothing";
  switch (entry.type) {
    case "file":
      return `${entry.path} file ${entry.content.kind === "inline" ? Buffer.from(entry.content.bytes).toString() : entry.content.kind}`;
    case "symlink":
      return `${entry.path} link ${entry.target}`;
    case "hardlink":
      return `${entry.path} same ${entry.target}`;
    default:
      return `${entry.path} ${entry.type}`;
  }
}

/** A tree of one folder after the other, asked without `walk`. */
export function listing(tree: Tree, path = ""): readonly string[] {
  return tree.names(path).flatMap((name) => {
    const child = path === "" ? name : `${path}/${name}`;
    return [shown(tree.lstat(child)), ...listing(tree, child)];
  });
}
