/** What a Dockerfile offers: its targets, and the arguments, secrets and keys of one of them. Shaped as BuildKit answers `--call`. */
import type { Dockerfile } from "./dockerfile.ts";
import { describing } from "./instructions/from.ts";
import { noCheckOptions } from "./lint/check-options.ts";
import { Findings } from "./lint/finding.ts";
import { type Location, locationOf } from "./lint/lint.ts";
import type { WalkFacts } from "./walk/facts.ts";
import type { MountUse, StageState } from "./walk/stage-state.ts";
import { walkStages } from "./walk/walk-stages.ts";

export interface TargetList {
  readonly targets: readonly Target[];
}

export interface Target {
  readonly name?: string;
  readonly default?: true;
  readonly description?: string;
  /** As written. */
  readonly base: string;
  readonly platform?: string;
  readonly location: Location;
}

export function targetsOf({ stages }: Dockerfile): TargetList {
  const targets = stages.map((stage, i) => ({
    ...(stage.name !== undefined && { name: stage.name.toLowerCase() }),
    ...(i === stages.length - 1 && { default: true as const }),
    ...(stage.comment && { description: stage.comment }),
    base: stage.from.text,
    ...(stage.platform && { platform: stage.platform.text }),
    location: locationOf(stage.span),
  }));
  return { targets };
}

export interface Outline {
  readonly name?: string;
  readonly description?: string;
  readonly args?: readonly OutlineArgument[];
  readonly secrets?: readonly OutlineMount[];
  readonly ssh?: readonly OutlineMount[];
}

export interface OutlineArgument {
  readonly name: string;
  readonly description?: string;
  readonly value?: string;
  readonly location: Location;
}

export interface OutlineMount {
  readonly name: string;
  readonly required?: true;
  readonly location: Location;
}

/** Of the target, or of the last stage. Throws a WalkError where a build would stop. */
export function outlineOf(dockerfile: Dockerfile, facts: WalkFacts): Outline {
  const findings = new Findings({ ...noCheckOptions, skip: "all" });
  const target = walkStages({ dockerfile, facts, findings, allStages: false });
  const stages = stagesOf(target);
  const args = byLine(argumentsOf(stages));
  const secrets = byLine(mountsOf(stages.map((state) => state.secrets)));
  const ssh = byLine(mountsOf(stages.map((state) => state.ssh)));
  const { name, comment } = target.stage;
  return {
    ...(name !== undefined && { name: name.toLowerCase() }),
    ...(comment && { description: comment }),
    ...(args.length > 0 && { args }),
    ...(secrets.length > 0 && { secrets }),
    ...(ssh.length > 0 && { ssh }),
  };
}

/** The stage, what it starts from, and what it copies from; each before its own. */
function stagesOf(target: StageState): readonly StageState[] {
  const seen = new Set<StageState>();
  const open = [target];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    open.push(...[...state.sources].reverse(), ...(state.base === undefined ? [] : [state.base]));
  }
  return [...seen];
}

function argumentsOf(stages: readonly StageState[]): readonly OutlineArgument[] {
  const found = new Map<string, OutlineArgument>();
  for (const state of stages) {
    for (const name of withDependencies(state)) {
      const info = state.arguments.get(name);
      if (info === undefined || found.has(name)) continue;
      const description = describing(info.instruction.comments, name);
      found.set(name, {
        name,
        ...(description && { description }),
        ...(info.value && { value: info.value }),
        location: locationOf(info.instruction.span),
      });
    }
  }
  return [...found.values()];
}

/** The used arguments, and those that their values are made of. */
function withDependencies(state: StageState): ReadonlySet<string> {
  const names = new Set(state.usedArguments);
  for (const name of names) {
    for (const dependency of state.arguments.get(name)?.dependencies ?? []) names.add(dependency);
  }
  return names;
}

function mountsOf(uses: readonly ReadonlyMap<string, MountUse>[]): readonly OutlineMount[] {
  const found = new Map<string, OutlineMount>();
  for (const [name, { required, span }] of uses.flatMap((map) => [...map])) {
    if (found.has(name)) continue;
    found.set(name, { name, ...(required && { required }), location: locationOf(span) });
  }
  return [...found.values()];
}

function byLine<T extends { readonly location: Location }>(items: readonly T[]): readonly T[] {
  const line = ({ location }: T) => location.ranges[0]?.start.line ?? 0;
  return [...items].sort((a, b) => line(a) - line(b));
}
