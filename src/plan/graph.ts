/** A plan as a graph to look at: targets, what feeds them, what they are written as. */
import { typedText } from "./explain/entry-text.ts";
import { linksOf, type TargetLink } from "./link.ts";
import type { BuildId, Plan } from "./plan.ts";

export interface GraphTarget {
  readonly name: string;
  readonly description?: string;
  readonly platforms: readonly string[];
  /** Not asked for: only another target needs it. */
  readonly linkedOnly: boolean;
  /** The named contexts that other targets feed. */
  readonly links: readonly TargetLink[];
  readonly builds: readonly GraphBuild[];
}

export interface GraphBuild {
  readonly id: BuildId;
  /** As one would write it; absent when the builder decides. */
  readonly output?: string;
  /** The build that does the work, when this one only exports its result once more. */
  readonly repeats?: BuildId;
}

export interface PlanGraph {
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Each after those it links to. */
  readonly targets: readonly GraphTarget[];
}

export function graphOf(plan: Plan): PlanGraph {
  const builds = new Map<string, GraphBuild[]>();
  for (const { id, target, output, repeats } of plan.builds) {
    const build = { id, ...(output && { output: typedText(output) }), ...(repeats !== undefined && { repeats }) };
    const known = builds.get(target);
    if (known) known.push(build);
    else builds.set(target, [build]);
  }
  const targets = [...builds].flatMap(([name, ownBuilds]): readonly GraphTarget[] => {
    const target = plan.targets.get(name);
    if (!target) return [];
    const { description, platforms, linkedOnly } = target;
    const links = linksOf(target);
    return [
      { name, ...(description !== undefined && { description }), platforms, linkedOnly, links, builds: ownBuilds },
    ];
  });
  return { groups: new Map([...plan.groups].map(([name, group]) => [name, group.targets])), targets };
}
