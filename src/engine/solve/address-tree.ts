/** What is at an address, as a tree: a repository, or an archive on a web server. */
import { posix } from "node:path";
import { isGitAddress } from "../../buildfile/git-address.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { resolvePath } from "../tree/resolve-path.ts";
import { subTree } from "../tree/sub-tree.ts";
import type { Tree } from "../tree/tree.ts";
import { openArchiveTree } from "./archive-context.ts";
import { fetchRepository, type RepositoryOptions } from "./fetch-repository.ts";
import { contentAt, readAll } from "./image-files.ts";
import type { EngineServices } from "./services.ts";

/** Rejects as the sources do, and with a BuildFailure for what is neither. */
export async function addressTree(address: string, options: RepositoryOptions): Promise<Tree> {
  return isGitAddress(address)
    ? (await fetchRepository({ address, keepGitDir: false }, options)).tree
    : openArchiveTree(address, options.services, options.signal);
}

/** A folder of a tree as a tree, links on the way followed. Throws a BuildFailure when there is none. */
export function folderOf(tree: Tree, path: string, address: string): Tree {
  const inside = resolvePath(tree, posix.resolve("/", path).slice(1), { followLast: true });
  if (inside === "") return tree;
  if (tree.lstat(inside)?.type === "folder") return subTree(tree, inside);
  throw new BuildFailure("build/context-not-found", `there is no folder ${path} in ${address}`, {
    hint: "paths of a build file that is read from elsewhere are those of the repository or archive it is in",
  });
}

/** The bytes of a file, links followed. Undefined when there is no such file. Throws a BuildFailure when it is too large. */
export async function readTreeFile(
  tree: Tree,
  path: string,
  { services, mostBytes, signal }: ReadOptions,
): Promise<Uint8Array | undefined> {
  const content = contentAt(tree, posix.resolve("/", path).slice(1));
  if (content === undefined) return undefined;
  if (content.size > mostBytes) {
    throw new BuildFailure("build/too-large", `${path} is larger than ${mostBytes >> 20} MiB, which no such file is`);
  }
  return readAll(content, services, signal);
}

export interface ReadOptions {
  readonly services: EngineServices;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}
