/** What has to be put into a folder so that it is a layer of an overlay: whiteouts as devices 0:0, nothing twice, nothing outside. */
import { BuildFailure } from "../../../execute/ports.ts";
import type { FileEntry, FolderEntry, HardLinkEntry, TreeEntry } from "../../tree/entry.ts";
import { parentPath } from "../../tree/path.ts";

export interface UnpackPlan {
  /** In the order of the layer's archive; links to files last. */
  readonly entries: readonly TreeEntry[];
  /** Folders that entries are in and the layer says nothing of: they look as in the layers below. A folder before those in it. */
  readonly untold: readonly string[];
}

/** Throws a BuildFailure for a layer that wants to be outside of its root, or that contradicts itself. */
export function planUnpacking(entries: readonly TreeEntry[]): UnpackPlan {
  const last = new Map<string, TreeEntry>();
  const whiteouts = new Set<string>();
  for (const entry of entries) {
    if (!isInside(entry.path)) throw hostile(entry.path, "it leads out of the layer");
    if (entry.type === "whiteout") whiteouts.add(entry.path);
    else last.set(entry.path, entry);
  }
  const untold = new Set<string>();
  for (const path of [...last.keys(), ...whiteouts]) checkParents(path, last, untold);
  const kept = entries.filter((entry) =>
    entry.type === "whiteout" ? whiteouts.delete(entry.path) && !last.has(entry.path) : last.get(entry.path) === entry,
  );
  const hidden = new Set(entries.flatMap((entry) => (entry.type === "whiteout" ? [entry.path] : [])));
  return {
    entries: [
      ...kept.filter(isNoLink).map((entry) => opaqueOver(entry, hidden)),
      ...kept.filter(isLink).map((link) => resolveLink(link, last)),
    ],
    untold: [...untold].sort((a, b) => a.split("/").length - b.split("/").length),
  };
}

/** A folder that takes the place of what a whiteout of the same layer removes shows nothing of it. */
function opaqueOver(entry: TreeEntry, hidden: ReadonlySet<string>): TreeEntry {
  return entry.type === "folder" && hidden.has(entry.path) ? ({ ...entry, opaque: true } satisfies FolderEntry) : entry;
}

function isInside(path: string): boolean {
  return (
    path === "" || path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0"))
  );
}

function checkParents(path: string, all: ReadonlyMap<string, TreeEntry>, untold: Set<string>): void {
  for (let parent = parentPath(path); parent !== ""; parent = parentPath(parent)) {
    const entry = all.get(parent);
    if (entry === undefined) {
      if (untold.has(parent)) return;
      untold.add(parent);
    } else if (entry.type !== "folder") {
      throw hostile(path, `it is below /${parent}, which is no folder in the same layer`);
    }
  }
}

function isLink(entry: TreeEntry): entry is HardLinkEntry {
  return entry.type === "hardlink";
}

function isNoLink(entry: TreeEntry): boolean {
  return !isLink(entry);
}

/** A link of a link is one of the file. */
function resolveLink(link: HardLinkEntry, all: ReadonlyMap<string, TreeEntry>): HardLinkEntry {
  let target = all.get(link.target);
  for (let links = 0; target !== undefined && isLink(target) && links < 100; links++) target = all.get(target.target);
  if (target === undefined || isLink(target) || target.type === "folder") {
    throw hostile(link.path, `it is a link to /${link.target}, which is no file of the same layer`);
  }
  return { ...link, target: target.path };
}

/** Files with bytes that have to be fetched from the layer's archive. */
export function hasContent(entry: TreeEntry): entry is FileEntry {
  return entry.type === "file" && entry.content.size > 0;
}

function hostile(path: string, reason: string): BuildFailure {
  return new BuildFailure(
    "engine/bad-layer",
    `the layer cannot be unpacked at ${JSON.stringify(`/${path}`)}: ${reason}`,
    {
      hint: "the image is broken or made to do harm: use another one, or pull it again",
    },
  );
}
