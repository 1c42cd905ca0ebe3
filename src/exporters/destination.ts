/** The place an output is written to: found, checked, and its folders made. */
import { constants } from "node:fs";
import { access, lstat, mkdir, readlink, realpath, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errnoCode } from "../base/errors.ts";
import { problems, writeProblem } from "./problems.ts";

const maxLinks = 40;

/**
 * The path behind symbolic links, also when nothing is there yet: writing to a link writes what it points to, as a shell's redirection
 * does, and the link stays.
 */
export async function followLinks(path: string): Promise<string> {
  let at = path;
  for (let count = 0; count < maxLinks; count++) {
    const target = await readlink(at).catch((error: unknown) => {
      if (errnoCode(error) === "EINVAL" || errnoCode(error) === "ENOENT") return undefined;
      throw error;
    });
    if (target === undefined) return at;
    at = resolve(await realpath(dirname(at)), target);
  }
  throw Object.assign(new Error(`too many links at ${path}`), { code: "ELOOP" });
}

export type Kind = "absent" | "file" | "folder" | "special";

/** What is at a path, links followed. `special` are devices, pipes and sockets. */
export async function kindOf(path: string): Promise<Kind> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "folder";
    return found.isFile() ? "file" : "special";
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return "absent";
    throw error;
  }
}

/** Throws the problem when nothing can be made in a folder, or in the nearest one above it that is there. */
export async function checkWritable(folder: string, shown: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK | constants.X_OK);
      if (!(await stat(at)).isDirectory()) throw problems.destinationIsFile(at);
      return;
    } catch (error) {
      if (errnoCode(error) !== "ENOENT" || dirname(at) === at) throw writeProblem(shown, error);
    }
  }
}

/** Folders made on the way to a destination, the outermost first. */
export interface MadeFolders {
  readonly folder: string;
  /** Removes those that are empty (others may have put something there). Never throws. */
  readonly remove: () => Promise<void>;
}

/** Makes a folder and those above it. */
export async function makeFolders(folder: string): Promise<MadeFolders> {
  const first = await mkdir(folder, { recursive: true });
  const remove = async (): Promise<void> => {
    if (first === undefined) return;
    for (let at = folder; at.length >= first.length; at = dirname(at)) {
      const removed = await rmdir(at).then(
        () => true,
        () => false,
      );
      if (!removed) return;
    }
  };
  return { folder, remove };
}

/**
 * Where the contents of a folder output are staged: beside the folder, so that it stays as it was until the end; inside only when
 * beside is another file system (the folder is a mount) or cannot be written.
 */
export async function stagingFolderFor(folder: string): Promise<string> {
  const parent = dirname(folder);
  if (parent === folder) return folder;
  try {
    const [own, above] = await Promise.all([lstat(folder), lstat(parent)]);
    if (own.dev !== above.dev) return folder;
    await access(parent, constants.W_OK | constants.X_OK);
    return parent;
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return parent;
    return folder;
  }
}

/** The path of a staged entry in a folder, named after what it will become. */
export function stagedPath(folder: string, destination: string, name: (of: string) => string): string {
  return join(folder, name(basename(destination) || "root"));
}
