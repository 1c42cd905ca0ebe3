/** Walks a folder in the order daemons demand: a folder before what is in it, names sorted by their bytes. */
import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { sep } from "node:path";
import { errnoCode, messageOf } from "../../../base/errors.ts";
import { compareBytes } from "../../../base/text.ts";
import type { FolderVerdict, PathFilter } from "../../../dockerfile/ignore/path-filter.ts";

export interface WalkEntry {
  /** Relative to the root, `/` between names. */
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Something in the folder cannot be read. */
export class WalkError extends Error {
  override readonly name = "WalkError";
}

interface Folder {
  readonly entry: WalkEntry | undefined;
  readonly verdict: FolderVerdict | undefined;
  /** In reverse: the next one is the last. */
  readonly names: string[];
  sent: boolean;
}

/**
 * Yields what the filter lets through, without the root. Folders that only hold something to send come before it.
 * Sockets and what vanishes while it is looked at are left out. Undefined is yielded now and then for a caller that wants
 * to let others run. Throws a WalkError that names what cannot be read.
 */
export function* walk(root: string, filter: PathFilter): Generator<WalkEntry | undefined, void, undefined> {
  const folders: Folder[] = [{ entry: undefined, verdict: undefined, names: namesIn(root, ".", false), sent: true }];
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    const name = folder.names.pop();
    if (name === undefined) {
      folders.pop();
      continue;
    }
    const path = folder.entry === undefined ? name : `${folder.entry.path}/${name}`;
    const entry = lookAt(root, path, filter, folder.verdict);
    if (entry === undefined) {
      yield undefined;
    } else if (!entry.stats.isDirectory()) {
      if (filter.file(path, folder.verdict) === "skip") yield undefined;
      else yield* sendParents(folders, entry);
    } else {
      const { verdict, folder: known } = filter.folder(path, folder.verdict);
      if (verdict === "skip") {
        yield undefined;
        continue;
      }
      if (verdict === "send") yield* sendParents(folders, entry);
      else yield undefined;
      const names = namesIn(root, path, verdict === "pass");
      folders.push({ entry, verdict: known, names, sent: verdict === "send" });
    }
  }
}

function* sendParents(folders: readonly Folder[], entry: WalkEntry): Generator<WalkEntry, void, undefined> {
  for (const folder of folders) {
    if (folder.sent) continue;
    folder.sent = true;
    if (folder.entry !== undefined) yield folder.entry;
  }
  yield entry;
}

/** Undefined when it is gone, or a socket. */
function lookAt(
  root: string,
  path: string,
  filter: PathFilter,
  parent: FolderVerdict | undefined,
): WalkEntry | undefined {
  try {
    const stats = lstatSync(localPath(root, path), { bigint: true });
    return stats.isSocket() ? undefined : { path, stats };
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ENOENT" && !path.includes("\ufffd")) return undefined;
    if (filter.file(path, parent) === "skip") return undefined;
    if (code === "ENOENT") throw new WalkError(`the name of ${localPath(root, path)} is not valid UTF-8`);
    throw new WalkError(messageOf(error), { cause: error });
  }
}

/** A folder that is passed over is allowed to be closed to us. */
function namesIn(root: string, path: string, lenient: boolean): string[] {
  try {
    const names = readdirSync(localPath(root, path));
    return names.sort((a, b) => compareBytes(b, a));
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ENOENT" && path !== ".") return [];
    if (lenient && (code === "EACCES" || code === "EPERM")) return [];
    throw new WalkError(messageOf(error), { cause: error });
  }
}

/** The path in the file system. Joined by hand: a name may not be cleaned. */
export function localPath(root: string, path: string): string {
  return path === "." ? root : `${root}${sep}${sep === "/" ? path : path.replaceAll("/", sep)}`;
}
