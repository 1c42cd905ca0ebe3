/** WORKDIR: a folder that is there afterwards. */
import { cleanPath } from "../../base/path.ts";
import type { TreeEntry } from "../tree/entry.ts";
import type { Tree } from "../tree/tree.ts";
import { collectChanges } from "./changes.ts";
import type { CopyPlan } from "./request.ts";
import { Workspace } from "./workspace.ts";

export interface WorkdirRequest {
  readonly base: Tree;
  /** Absolute. */
  readonly path: string;
  /** Of the folders that are made: those of the current USER. */
  readonly uid: number;
  readonly gid: number;
  readonly nowSeconds: number;
}

/** Links in the path are followed. Empty when the folder is there. Throws a BuildFailure when something else stands in its way. */
export function planWorkdir({ base, path, uid, gid, nowSeconds }: WorkdirRequest): CopyPlan {
  const workspace = new Workspace(base, nowSeconds);
  workspace.makeFolders(workspace.resolve(cleanPath(path)), { mode: 0o755, owner: { uid, gid } });
  const entries: TreeEntry[] = [];
  const changes = collectChanges({ workspace, knownHash: undefined, entries });
  while (changes.next().done !== true);
  return { entries, warnings: [] };
}
