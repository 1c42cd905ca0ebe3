/** Sources with wildcards: Go's `filepath.Match`, name by name, so that `*` and `**` stay in one folder. */
import { compileGlob, type GlobMatch, PatternError } from "../../dockerfile/ignore/glob.ts";
import { childPath } from "../tree/path.ts";
import type { Tree } from "../tree/tree.ts";
import { invalidPattern } from "./problems.ts";

/** A clean source path in two: the folder up to the first name with a wildcard, and the names from there. */
export interface WildcardPath {
  readonly folder: string;
  readonly names: readonly string[];
}

export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text.replace(/\\./gs, ""));
}

export function splitWildcards(path: string): WildcardPath {
  const names = path.split("/");
  const first = names.findIndex(hasWildcard);
  return { folder: names.slice(0, first).join("/"), names: names.slice(first) };
}

/** The paths that match below a folder without links in its path, in walk order. Links on the way are not followed. */
export function matchBelow(tree: Tree, folder: string, names: readonly string[]): readonly string[] {
  const [first, ...rest] = names;
  if (first === undefined) return [folder];
  const matches = compileName(first);
  const found = tree
    .names(folder)
    .filter(matches)
    .map((name) => childPath(folder, name));
  if (rest.length === 0) return found;
  return found.flatMap((path) => (tree.lstat(path)?.type === "folder" ? matchBelow(tree, path, rest) : []));
}

function compileName(pattern: string): GlobMatch {
  try {
    return compileGlob(pattern.replace(/\\.|\*+/gs, (part) => (part.startsWith("*") ? "*" : part)));
  } catch (error) {
    if (error instanceof PatternError) throw invalidPattern(pattern, error.message);
    throw error;
  }
}
