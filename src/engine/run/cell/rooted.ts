/** Paths inside a root folder, as a process with that root would follow them. */
import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { resolvePath } from "../../tree/resolve-path.ts";
import { rootEntry, type Tree } from "../../tree/tree.ts";

/** From the root, without a leading slash and without links on the way or at the end. What does not exist stays as written. */
export function resolveIn(root: string, path: string): string {
  return resolvePath(linksOf(root), path, { followLast: true });
}

/** Of what a path leads to; undefined when there is nothing. */
export function statIn(root: string, path: string): Stats | undefined {
  return lstatOrNothing(`${root}/${resolveIn(root, path)}`);
}

/** The text of a small file, undefined when there is none. */
export function readTextIn(root: string, path: string): string | undefined {
  const file = `${root}/${resolveIn(root, path)}`;
  return lstatOrNothing(file)?.isFile() === true ? readFileSync(file, "utf8") : undefined;
}

export function lstatOrNothing(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A file where a folder would have to be.
    return undefined;
  }
}

/** As much of a tree as following links needs. */
function linksOf(root: string): Tree {
  return {
    lstat: (path) => {
      const file = `${root}/${path}`;
      const stats = lstatOrNothing(file);
      if (stats === undefined) return undefined;
      return stats.isSymbolicLink()
        ? { ...rootEntry, type: "symlink", path, target: readlinkSync(file) }
        : { ...rootEntry, path };
    },
    names: () => [],
  };
}
