/** Folders as plain data: `{ "a.txt": "text", "sub": {…}, "link -> target": "" }`. */
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Tree {
  readonly [name: string]: string | Tree;
}

export async function writeTree(folder: string, tree: Tree): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, value] of Object.entries(tree)) {
    const [entry = name, target] = name.split(" -> ");
    const path = join(folder, entry);
    if (target !== undefined) await symlink(target, path);
    else if (typeof value === "string") await writeFile(path, value);
    else await writeTree(path, value);
  }
}

export async function readTree(folder: string): Promise<Tree> {
  const tree: Record<string, string | Tree> = {};
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.isSymbolicLink()) tree[`${name} -> ${await readlink(path)}`] = "";
    else tree[name] = found.isDirectory() ? await readTree(path) : await readFile(path, "utf8");
  }
  return tree;
}
