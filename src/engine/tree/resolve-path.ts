/** Paths through symbolic links, as the system would follow them with the tree for its root. */
import { BuildFailure } from "../../execute/ports.ts";
import { childPath, parentPath } from "./path.ts";
import type { Tree } from "./tree.ts";

export interface ResolveOptions {
  /** Whether the last part is followed when it is a link. */
  readonly followLast: boolean;
}

/** As many as containerd follows. */
const mostLinks = 255;

/**
 * The path of an entry without links on the way, clean and from the root (`""`). Absolute targets start at the root, `..` never leaves it.
 * What does not exist stays as it is written. Throws a BuildFailure for links that go in circles.
 */
export function resolvePath(tree: Tree, path: string, { followLast }: ResolveOptions): string {
  const parts = path.split("/").reverse();
  let resolved = "";
  let links = 0;
  while (parts.length > 0) {
    const part = parts.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      resolved = parentPath(resolved);
      continue;
    }
    const next = childPath(resolved, part);
    const entry = !followLast && isLast(parts) ? undefined : tree.lstat(next);
    if (entry?.type !== "symlink") {
      resolved = next;
      continue;
    }
    if (++links > mostLinks) throw tooManyLinks(path);
    if (entry.target.startsWith("/")) resolved = "";
    parts.push(...entry.target.split("/").reverse());
  }
  return resolved;
}

function isLast(rest: readonly string[]): boolean {
  return rest.every((part) => part === "" || part === ".");
}

function tooManyLinks(path: string): BuildFailure {
  return new BuildFailure("engine/link-loop", `/${path.replace(/^\/+/, "")}: too many levels of symbolic links`, {
    hint: "the links point at each other: look at them with ls -l, and point one of them to a file or folder",
  });
}
