/** What a target inherits from, and on which way. */
import type { Definition } from "../../buildfile/definition.ts";

export interface Lineage {
  /** Everything it inherits from, in the order in which it is laid over each other. */
  readonly ancestors: readonly string[];
  /** From the target to an ancestor, on the way whose values count: over the last parent that leads there. */
  readonly pathTo: (ancestor: string) => readonly string[];
}

/** Circles are cut where they close. Linear in the ancestors and what they inherit. */
export function lineageOf(target: string, definition: Definition): Lineage {
  const heirs = heirsOf(target, definition);
  return {
    ancestors: inOrder(target, definition),
    pathTo: (ancestor) => {
      const path = [ancestor];
      for (let heir = heirs.get(ancestor); heir !== undefined; heir = heirs.get(heir)) path.push(heir);
      return path.at(-1) === target ? path.reverse() : [ancestor];
    },
  };
}

function parentsOf(target: string, definition: Definition): readonly string[] {
  const inherits = definition.targets.get(target)?.settings.inherits ?? [];
  return inherits.map(({ value }) => value).filter((name) => definition.targets.has(name));
}

/** Depth first, later parents first, so that each ancestor is met on the way whose values count. */
function heirsOf(target: string, definition: Definition): ReadonlyMap<string, string> {
  const heirs = new Map<string, string>();
  const met = new Set<string>();
  const open: { readonly name: string; readonly heir?: string }[] = [{ name: target }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { name, heir } = at;
    if (met.has(name)) continue;
    met.add(name);
    if (heir !== undefined) heirs.set(name, heir);
    for (const parent of parentsOf(name, definition)) open.push({ name: parent, heir: name });
  }
  return heirs;
}

function inOrder(target: string, definition: Definition): readonly string[] {
  const order: string[] = [];
  const met = new Set([target]);
  const open = [{ name: target, parents: parentsOf(target, definition), next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const parent = top.parents[top.next++];
    if (parent === undefined) {
      open.pop();
      if (top.name !== target) order.push(top.name);
    } else if (!met.has(parent)) {
      met.add(parent);
      open.push({ name: parent, parents: parentsOf(parent, definition), next: 0 });
    }
  }
  return order;
}
