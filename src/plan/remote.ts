/** What the paths of a target mean when its build file was read from elsewhere (spec section 25.1). */
import { cleanPath } from "../base/path.ts";
import { isNamedOnly, isRemoteContext } from "../buildfile/attributes/context.ts";
import type { RemoteTree } from "../buildfile/remote-tree.ts";
import type { Target } from "./plan.ts";

/**
 * The context `.` becomes the repository itself; other relative contexts are folders of it. What begins with `cwd://` is local, and so is
 * everything else: outputs, caches, secrets. Beside a single build file there are no folders to take.
 */
export function takeFromRemote(target: Target, tree: RemoteTree | undefined): Target {
  if (tree === undefined) return target;
  if (tree.kind === "file") return { ...target, remote: { tree, contexts: new Map() } };
  const contexts = new Map(
    [...target.contexts].filter(([, address]) => isInTree(address)).map(([name, path]) => [name, cleanPath(path)]),
  );
  const said = target.settings.context?.value ?? "";
  if (!isInTree(said)) return { ...target, remote: { tree, contexts } };
  if (target.context === "." && tree.kind === "git") {
    return { ...target, context: tree.address, remote: { tree, contexts } };
  }
  return { ...target, remote: { tree, contexts, context: target.context } };
}

function isInTree(address: string): boolean {
  return !address.startsWith("cwd://") && !isRemoteContext(address) && !isNamedOnly(address) && address !== "-";
}
