/** Short ways to ask for a copy between trees in memory. */
import { planCopy } from "../../../src/engine/copy/plan-copy.ts";
import type { CopyItem, CopyPlan, CopyRequest } from "../../../src/engine/copy/request.ts";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { layeredTree } from "../../../src/engine/tree/layered-tree.ts";
import { compareInWalkOrder } from "../../../src/engine/tree/order.ts";
import type { Tree } from "../../../src/engine/tree/tree.ts";

type PathsItem = Extract<CopyItem, { kind: "paths" }>;

export const signal: AbortSignal = new AbortController().signal;

/** A tree of entries in any order. */
export function treeOf(...entries: readonly TreeEntry[]): Tree {
  return layeredTree([[...entries].sort((a, b) => compareInWalkOrder(a.path, b.path))]);
}

export interface CopyOptions extends Partial<Omit<CopyRequest, "items">> {
  readonly item?: Partial<PathsItem>;
}

/** `COPY patterns destination`. */
export function copy(
  tree: Tree,
  patterns: readonly string[],
  destination: string,
  { item, ...options }: CopyOptions = {},
): Promise<CopyPlan> {
  return planCopy(
    {
      base: treeOf(),
      items: [{ kind: "paths", tree, patterns, excludes: [], parents: false, unpack: false, ownerless: true, ...item }],
      destination,
      link: false,
      accounts: async () => undefined,
      nowSeconds: 1000,
      ...options,
    },
    signal,
  );
}
