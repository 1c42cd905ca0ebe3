/** Everything of a tree from a path on. */
import type { TreeEntry } from "./entry.ts";
import { childPath } from "./path.ts";
import type { Tree } from "./tree.ts";

/** What is at the path, then what is below it, in walk order. The root itself is left out. Lazy: folders are read as they are come to. */
export function* walk(tree: Tree, path = ""): Generator<TreeEntry, void, undefined> {
  const entry = tree.lstat(path);
  if (entry === undefined) return;
  if (path !== "") yield entry;
  if (entry.type !== "folder") return;
  const open = [{ path, names: tree.names(path), next: 0 }];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const name = folder.names[folder.next++];
    if (name === undefined) {
      open.pop();
      continue;
    }
    const child = tree.lstat(childPath(folder.path, name));
    if (child === undefined) continue;
    yield child;
    if (child.type === "folder") open.push({ path: child.path, names: tree.names(child.path), next: 0 });
  }
}
