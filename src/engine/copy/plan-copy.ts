/**
 * COPY and ADD: what the layer of such an instruction holds. Nothing is written and, but for names and attributes, hardly anything read:
 * content is looked at only to find archives, and files that are what the image already has.
 */

import type { TreeEntry } from "../tree/entry.ts";
import { emptyTree } from "../tree/tree.ts";
import { collectChanges } from "./changes.ts";
import { CopyRun } from "./copy-run.ts";
import { parseModeChange } from "./mode-change.ts";
import { ownerOf } from "./owner.ts";
import { runSteps } from "./pace.ts";
import type { CopyPlan, CopyRequest } from "./request.ts";
import { whiteoutNames } from "./warnings.ts";
import { Workspace } from "./workspace.ts";

/**
 * Plans an instruction; linear in what it copies, and interrupted by nothing but the signal (rejects with its reason). Rejects with a
 * BuildFailure for what is wrong with the instruction, its sources or its destination, with a TsbakeError when an archive cannot be unpacked
 * on this machine.
 */
export async function planCopy(request: CopyRequest, signal: AbortSignal): Promise<CopyPlan> {
  const mode = request.mode === undefined ? undefined : parseModeChange(request.mode);
  const owner = request.owner === undefined ? undefined : await ownerOf(request.owner, request.accounts, request.base);
  const workspace = new Workspace(standsAlone(request) ? emptyTree : request.base, request.nowSeconds);
  const run = new CopyRun({ request, workspace, owner, mode, signal });
  for (const item of request.items) await run.take(item);
  const entries: TreeEntry[] = [];
  await runSteps(collectChanges({ workspace, knownHash: request.knownHash, entries }), signal);
  return { entries, warnings: [...(owner?.warnings ?? []), ...run.warnings, ...whiteoutNames(entries)] };
}

/** Whether the layer is the same whatever it is put on: `--link`, which has no effect together with `--chmod`. */
export function standsAlone({ link, mode }: Pick<CopyRequest, "link" | "mode">): boolean {
  return link && mode === undefined;
}
