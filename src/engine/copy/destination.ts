/** Where sources go: through the links of the image, into a folder or under the name that the destination ends with. */
import { cleanPath } from "../../base/path.ts";
import { lastName, parentPath } from "../tree/path.ts";
import type { Folder, FolderAttributes, Workspace } from "./workspace.ts";

export interface Destination {
  /** From the root, clean, links not followed yet. */
  readonly path: string;
  /** It ends with `/` or `/.`: whatever is copied goes into it. */
  readonly isFolder: boolean;
}

/** A name for a file. */
export interface FileTarget {
  readonly folder: Folder;
  readonly name: string;
  /** The name is that of the destination, not of the source. */
  readonly renamed: boolean;
}

export function parseDestination(text: string): Destination {
  return { path: cleanPath(`/${text}`).slice(1), isFolder: /(?:^|\/)\.?$/.test(text) };
}

/** A folder's contents go into the destination itself. Throws a BuildFailure when that is something else. */
export function folderTarget(workspace: Workspace, destination: Destination, made: FolderAttributes): Folder {
  makeWay(workspace, destination, made);
  return workspace.makeFolders(workspace.resolve(destination.path), made);
}

/** A file goes into the destination when that is a folder, else under its name, through a link of that name. */
export function fileTarget(
  workspace: Workspace,
  destination: Destination,
  sourceName: string,
  made: FolderAttributes,
): FileTarget {
  makeWay(workspace, destination, made);
  const path = workspace.resolve(destination.path);
  const there = workspace.at(path);
  if (there?.kind === "folder") return { folder: there, name: sourceName, renamed: false };
  return { folder: workspace.makeFolders(parentPath(path), made), name: lastName(path), renamed: true };
}

function makeWay(workspace: Workspace, { path, isFolder }: Destination, made: FolderAttributes): void {
  workspace.makeFolders(workspace.resolve(isFolder ? path : parentPath(path)), made);
}
