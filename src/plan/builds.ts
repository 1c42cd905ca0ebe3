/** One build per target and exporter. */
import { linksOf } from "./link.ts";
import type { Build, BuildId, Target } from "./plan.ts";

/**
 * The builds of targets that come in link order; the builds then are in an order in which each follows those it waits for. The
 * first build of a target does the work, the others repeat it from the cache. A target that is only asked a question
 * (`call`) writes nothing.
 */
export function buildsOf(targets: ReadonlyMap<string, Target>): readonly Build[] {
  const builds: Build[] = [];
  const first = new Map<string, BuildId>();
  for (const target of targets.values()) {
    const links = linkedBuilds(target, first);
    const firstId = `${target.name}#0`;
    const { name } = target;
    const [output, ...others] = asksOnly(target) ? [] : target.output;
    if (output === undefined) builds.push({ id: firstId, target: name, links });
    else builds.push({ id: firstId, target: name, output, links });
    for (const [i, other] of others.entries()) {
      builds.push({ id: `${name}#${i + 1}`, target: name, output: other, repeats: firstId, links });
    }
    first.set(name, firstId);
  }
  return builds;
}

const noLinks: ReadonlyMap<string, BuildId> = new Map();

/** Named contexts to the first builds of the targets that feed them. */
function linkedBuilds(target: Target, first: ReadonlyMap<string, BuildId>): ReadonlyMap<string, BuildId> {
  const links = linksOf(target);
  if (links.length === 0) return noLinks;
  const linked = new Map<string, BuildId>();
  for (const link of links) {
    const id = first.get(link.target);
    if (id !== undefined) linked.set(link.context, id);
  }
  return linked;
}

/** True for targets whose Dockerfile is checked or described instead of built. */
export function asksOnly({ call }: Target): boolean {
  return call !== undefined && call !== "" && call !== "build";
}
