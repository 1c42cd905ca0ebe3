/** Resolves the paths a build will copy: each symbolic link on the way and what it leads to have to be sent with them. */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { errnoCode } from "../../../base/errors.ts";
import { compareBytes } from "../../../base/text.ts";
import { compileGlob } from "../../../dockerfile/ignore/glob.ts";

/**
 * Turns paths (relative to the root; the names may be globs) into include patterns that cover them, their links and the
 * targets of those. Links that lead out of the root are cut off at it. Undefined when a path is the root itself: then
 * everything is included. Missing paths stay in the list, they may be there when the folder is read.
 */
export function followPaths(root: string, paths: readonly string[]): readonly string[] | undefined {
  const resolved = new Set<string>();
  for (const path of paths) follow(root, path, resolved);
  const sorted = [...resolved].sort(compareBytes);
  if (sorted.includes(".")) return undefined;
  return withoutChildren(sorted);
}

function follow(root: string, path: string, resolved: Set<string>): void {
  const queue = [path];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const names = inRoot(next).split("/");
    let current = "";
    for (const [i, name] of names.entries()) {
      current = current === "" ? name : `${current}/${name}`;
      const targets = linkTargets(root, current, true);
      const last = i === names.length - 1;
      if (!last && targets === undefined) continue;
      // What was followed before, around a loop or not, needs no second time.
      if (resolved.has(current)) break;
      resolved.add(current);
      for (const target of targets ?? []) queue.push(posix.join(target, ...names.slice(i + 1)));
      break;
    }
  }
}

/** A clean path that does not leave the root; `.` is the root. */
function inRoot(path: string): string {
  const clean = posix.join("/", path).replace(/\/$/, "").slice(1);
  return clean === "" ? "." : clean;
}

/** Where a link leads; for a name with wildcards, where all the links it matches lead. Undefined when it is no link. */
function linkTargets(root: string, path: string, wildcards: boolean): readonly string[] | undefined {
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  try {
    if (wildcards && /[*?[]/.test(name)) {
      const match = compileGlob(name);
      const names = readdirSync(join(root, folder)).filter(match);
      return names.flatMap((found) => linkTargets(root, posix.join(folder, found), false) ?? []);
    }
    if (!lstatSync(join(root, path)).isSymbolicLink()) return undefined;
    const target = readlinkSync(join(root, path)).replaceAll("\\", process.platform === "win32" ? "/" : "\\");
    return [target.startsWith("/") ? target : posix.join("/", folder, target)];
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function withoutChildren(sorted: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let last: string | undefined;
  for (const path of sorted) {
    if (last !== undefined && path.startsWith(`${last}/`)) continue;
    kept.push(path);
    last = path;
  }
  return kept;
}
