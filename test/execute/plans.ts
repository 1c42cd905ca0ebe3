/** Small plans, made the way the planner makes them: one build for each output of a target. */
import type { OutputEntry } from "../../src/buildfile/attributes/entries.ts";
import type { Build, Plan, Target } from "../../src/plan/plan.ts";

export function targetNamed(name: string, more: Partial<Target> = {}): Target {
  return {
    name,
    context: ".",
    dockerfile: "Dockerfile",
    contexts: new Map(),
    args: new Map(),
    labels: new Map(),
    tags: [],
    platforms: [],
    annotations: [],
    output: [],
    cacheFrom: [],
    cacheTo: [],
    secret: [],
    ssh: [],
    attest: [],
    policy: [],
    noCacheFilter: [],
    ulimits: [],
    entitlements: [],
    extraHosts: new Map(),
    linkedOnly: false,
    settings: {},
    definition: { name, settings: {} },
    ...more,
  };
}

export interface TargetSketch {
  /** Names of targets that come before. */
  readonly links?: readonly string[];
  /** Types; none by default. */
  readonly outputs?: readonly string[];
  readonly platforms?: readonly string[];
  readonly linkedOnly?: boolean;
}

export function output(type: string, attributes: Readonly<Record<string, string>> = {}): OutputEntry {
  return { type, attributes: new Map(Object.entries(attributes)) };
}

export function planOf(sketches: Readonly<Record<string, TargetSketch>>): Plan {
  const targets = new Map<string, Target>();
  const builds: Build[] = [];
  for (const [name, sketch] of Object.entries(sketches)) {
    const links = new Map((sketch.links ?? []).map((linked) => [`${linked}-context`, `${linked}#0`]));
    const outputs = (sketch.outputs ?? []).map((type) => output(type));
    const { platforms = [], linkedOnly = false } = sketch;
    targets.set(name, targetNamed(name, { platforms, linkedOnly, output: outputs }));
    if (outputs.length === 0) builds.push({ id: `${name}#0`, target: name, links });
    for (const [index, entry] of outputs.entries()) {
      const repeats = index === 0 ? {} : { repeats: `${name}#0` };
      builds.push({ id: `${name}#${index}`, target: name, output: entry, links, ...repeats });
    }
  }
  return { groups: new Map(), targets, builds };
}
