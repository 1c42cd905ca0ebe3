/** The files of results as one file system: of one platform as they are, of several side by side. */
import { sortedByBytes } from "../../../base/text.ts";
import { inlineContent, type TreeEntry } from "../../../engine/tree/entry.ts";
import { childPath } from "../../../engine/tree/path.ts";
import { rootEntry, type Tree } from "../../../engine/tree/tree.ts";
import { walk } from "../../../engine/tree/walk.ts";
import { type Platform, platformFolder } from "../../../oci/platform.ts";
import { problems } from "../../problems.ts";

export interface PlatformFiles {
  readonly platform: Platform;
  readonly tree: Tree;
  /** Written beside the files: attestations. Name to text. */
  readonly beside: ReadonlyMap<string, string>;
}

export interface EntriesOptions {
  /** A folder for each platform. */
  readonly split: boolean;
  /** Seconds; the one time of everything. */
  readonly epochSeconds?: number;
  /** Seconds; of what no layer has a time for. */
  readonly nowSeconds: number;
}

/** In walk order. Throws a TsbakeError when two things would be at one path. */
export function* exportEntries(
  parts: readonly PlatformFiles[],
  options: EntriesOptions,
): Generator<TreeEntry, void, undefined> {
  const { epochSeconds } = options;
  const entries = options.split ? splitEntries(parts, options) : joinedEntries(parts, options);
  for (const entry of entries) {
    yield epochSeconds === undefined ? entry : { ...entry, seconds: epochSeconds, nanoseconds: 0 };
  }
}

function* splitEntries(parts: readonly PlatformFiles[], options: EntriesOptions): Generator<TreeEntry> {
  const byFolder = new Map(parts.map((part) => [platformFolder(part.platform), part]));
  for (const folder of sortedByBytes(byFolder.keys())) {
    const part = byFolder.get(folder);
    if (part === undefined) continue;
    const root = part.tree.lstat("") ?? rootEntry;
    yield { ...root, type: "folder", path: folder, seconds: root.seconds || options.nowSeconds };
    for (const entry of withBeside(part.tree, part.beside, options)) yield below(folder, entry);
  }
}

function* joinedEntries(parts: readonly PlatformFiles[], options: EntriesOptions): Generator<TreeEntry> {
  const [only] = parts;
  const beside = new Map<string, string>();
  for (const part of parts) {
    for (const [name, text] of part.beside) {
      const own = parts.length === 1 ? name : name.replace(/(?=\.json$)/, `.${platformFolder(part.platform)}`);
      beside.set(own, text);
    }
  }
  const tree = parts.length === 1 && only !== undefined ? only.tree : joinedTree(parts);
  yield* withBeside(tree, beside, options);
}

function* withBeside(
  tree: Tree,
  beside: ReadonlyMap<string, string>,
  { nowSeconds }: EntriesOptions,
): Generator<TreeEntry> {
  if (beside.size === 0) {
    yield* walk(tree);
    return;
  }
  for (const name of sortedByBytes(new Set([...tree.names(""), ...beside.keys()]))) {
    const text = beside.get(name);
    if (text === undefined) yield* walk(tree, name);
    else if (tree.lstat(name) !== undefined) throw problems.attestationInTheWay(name);
    else {
      const content = inlineContent(new TextEncoder().encode(text));
      yield { ...rootEntry, type: "file", path: name, mode: 0o600, seconds: nowSeconds, content };
    }
  }
}

/** Folders of all platforms are one; anything else may come from one platform only. */
function joinedTree(parts: readonly PlatformFiles[]): Tree {
  return {
    lstat: (path) => {
      const found = parts.flatMap(({ tree, platform }) => {
        const entry = tree.lstat(path);
        return entry === undefined ? [] : [{ entry, platform }];
      });
      const [first] = found;
      const other = found.find(({ entry }) => entry.type !== "folder");
      if (first !== undefined && other !== undefined && found.length > 1) {
        throw problems.platformsCollide(path, ...found.map(({ platform }) => platformFolder(platform)));
      }
      return first?.entry;
    },
    names: (path) => sortedByBytes(new Set(parts.flatMap(({ tree }) => tree.names(path)))),
  };
}

function below(folder: string, entry: TreeEntry): TreeEntry {
  const path = childPath(folder, entry.path);
  if (entry.type === "hardlink") return { ...entry, path, target: childPath(folder, entry.target) };
  return { ...entry, path };
}
