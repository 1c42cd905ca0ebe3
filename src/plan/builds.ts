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
    const links = new Map<string, BuildId>();
    for (const link of linksOf(target)) {
      const id = first.get(link.target);
      if (id !== undefined) links.set(link.context, id);
    }
    const firstId = `${target.name}#0`;
    const { name } = target;
    const outputs = asksOnly(target) ? [] : target.output;
    builds.push({ id: firstId, target: name, ...(outputs[0] === undefined ? {} : { output: outputs[0] }), links });
    outputs.slice(1).forEach((output, i) => {
      builds.push({ id: `${name}#${i + 1}`, target: name, output, repeats: firstId, links });
    });
    first.set(name, firstId);
  }
  return builds;
}

/** True for targets whose Dockerfile is checked or described instead of built. */
export function asksOnly({ call }: Target): boolean {
  return call !== undefined && call !== "" && call !== "build";
}
