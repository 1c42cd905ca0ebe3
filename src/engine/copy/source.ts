/** What the sources of COPY and ADD mean in the tree they are taken from. */
import { cleanPath } from "../../base/path.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { lastName } from "../tree/path.ts";
import { resolvePath } from "../tree/resolve-path.ts";
import { danglingSource, type SourcePlace, sourceNotFound } from "./problems.ts";
import { hasWildcard, matchBelow, splitWildcards } from "./wildcard.ts";

/** A source as it is written. */
export interface SourcePattern {
  readonly written: string;
  /** From the root, clean: a path or a pattern. */
  readonly path: string;
  /** `--parents`: what is taken from there, with the folders that lead to it. A pattern, clean. */
  readonly include?: string;
  /** Nothing may be missing. */
  readonly literal: boolean;
}

/** A file or folder to be copied. */
export interface SourceMatch {
  /** As it is called: a file keeps the name of the link that leads to it. */
  readonly name: string;
  /** Without links. */
  readonly path: string;
  readonly entry: TreeEntry;
}

/** `..` never leaves the root. With `--parents` the path in front of `/./` is left out of what is made. */
export function parseSource(written: string, parents: boolean): SourcePattern {
  if (!parents) {
    const path = fromRoot(written);
    return { written, path, literal: !hasWildcard(path) };
  }
  const pivot = written.indexOf("/./");
  const path = pivot === -1 ? "" : fromRoot(written.slice(0, pivot));
  const include = fromRoot(pivot === -1 ? written : written.slice(pivot + 3));
  return { written, path, include, literal: !hasWildcard(path) && !hasWildcard(include) };
}

/**
 * What a source stands for, in walk order; empty for a pattern without matches. The last link is followed, inside the tree. Throws a
 * BuildFailure for what is not there.
 */
export function findSources(source: SourcePattern, place: SourcePlace): readonly SourceMatch[] {
  if (!hasWildcard(source.path)) return [follow(source.path, source.written, place)];
  const { folder, names } = splitWildcards(source.path);
  const start = follow(folder, source.written, place);
  if (start.entry.type !== "folder") throw sourceNotFound(source.written, source.path, place);
  return matchBelow(place.tree, start.path, names).map((path) => follow(path, path, place));
}

function follow(path: string, written: string, place: SourcePlace): SourceMatch {
  const { tree } = place;
  const target = resolvePath(tree, path, { followLast: true });
  const entry = tree.lstat(target);
  if (entry !== undefined) return { name: lastName(path), path: target, entry };
  throw tree.lstat(path) === undefined ? sourceNotFound(written, path, place) : danglingSource(written, target, place);
}

function fromRoot(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}
