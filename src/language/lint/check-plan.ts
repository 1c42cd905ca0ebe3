/** What building everything that the files offer would find wrong. */
import { type Diagnostic, DiagnosticList } from "../../base/diagnostic.ts";
import type { Definition, GroupDefinition } from "../../buildfile/definition.ts";
import { checkCollisions } from "../../plan/check/collisions.ts";
import { plan } from "../../plan/create-plan.ts";
import type { Build, Plan, Target } from "../../plan/plan.ts";
import type { Facts } from "../../plan/request.ts";
import { select } from "../../plan/select.ts";
import { uniqueDiagnostics } from "./unique.ts";

/** Targets that one command builds. */
export interface Selection {
  /** Absent for what was asked for by name and for a target in no group. */
  readonly group?: GroupDefinition;
  readonly targets: ReadonlyMap<string, Target>;
}

export interface CheckedPlan {
  readonly plan: Plan;
  readonly selections: readonly Selection[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlanSubject {
  readonly definition: Definition;
  /** Names and patterns; none stands for all that is there to be built. */
  readonly names: readonly string[];
  readonly facts: Facts;
}

/** They depend on the machine and the moment, so they say nothing about the files. */
const ofTheMachine = new Set([
  "plan/secret-not-found",
  "plan/secret-too-large",
  "plan/secret-variable-unset",
  "plan/ssh-unavailable",
  "plan/source-policy-unreadable",
]);

/**
 * Plans everything at once, but looks for collisions only among targets that some group builds together: targets that are alternatives
 * of each other often share their tags.
 */
export function checkPlan({ definition, names, facts }: PlanSubject): CheckedPlan {
  const patterns = names.length > 0 ? names : entryPoints(definition);
  if (patterns.length === 0) return { plan: emptyPlan, selections: [], diagnostics: [] };
  const planned = plan(definition, { patterns, overrides: [], purpose: "build", facts });
  const builds = buildsByTarget(planned.value);
  const collisions = new Set(uniqueDiagnostics(collisionsAmong(planned.value.targets, builds, facts)).keys());
  const own = [...uniqueDiagnostics(planned.diagnostics)].flatMap(([key, found]) =>
    collisions.has(key) || ofTheMachine.has(found.code) ? [] : forChecking(found),
  );
  const selections = selectionsOf(definition, planned.value, names);
  const together = selections.flatMap(({ group, targets }) =>
    collisionsAmong(targets, builds, facts).map((found) => inGroup(found, group)),
  );
  return { plan: planned.value, selections, diagnostics: [...own, ...together] };
}

const emptyPlan: Plan = { groups: new Map(), targets: new Map(), builds: [] };

/**
 * Groups, and targets that are there to be built: those that nobody inherits and that are not named as templates are. Of targets that
 * inherit from each other all, because nothing else would ever come to them.
 */
function entryPoints({ groups, targets }: Definition): readonly string[] {
  const parents = new Set<string>();
  for (const { settings } of targets.values()) for (const { value } of settings.inherits ?? []) parents.add(value);
  const names = [...targets.keys()].filter(
    (name) => name === "default" || !(parents.has(name) || name.startsWith("_")),
  );
  const found = new Set([...names, ...inCircles(targets)]);
  return [...groups.keys(), ...[...found].filter((name) => !groups.has(name))];
}

/** The targets left when those without heirs, and then those without parents, have been taken away again and again. */
function inCircles(targets: Definition["targets"]): readonly string[] {
  const parentsOf = new Map<string, readonly string[]>();
  const heirsOf = new Map<string, string[]>([...targets.keys()].map((name) => [name, []]));
  for (const [name, { settings }] of targets) {
    const parents = [...new Set(settings.inherits?.map(({ value }) => value))].filter((parent) => targets.has(parent));
    parentsOf.set(name, parents);
    for (const parent of parents) heirsOf.get(parent)?.push(name);
  }
  const left = new Set(targets.keys());
  peel(left, heirsOf, parentsOf);
  peel(left, parentsOf, heirsOf);
  return [...left];
}

type Edges = ReadonlyMap<string, readonly string[]>;

/** Takes the names that have nothing to go on to, and then those that have nothing left to. */
function peel(left: Set<string>, onward: Edges, back: Edges): void {
  const open = new Map(
    [...left].map((name) => [name, (onward.get(name) ?? []).filter((next) => left.has(next)).length]),
  );
  const free = [...left].filter((name) => open.get(name) === 0);
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    left.delete(name);
    for (const before of back.get(name) ?? []) {
      if (!left.has(before)) continue;
      const count = (open.get(before) ?? 0) - 1;
      open.set(before, count);
      if (count === 0) free.push(before);
    }
  }
}

function selectionsOf(definition: Definition, planned: Plan, names: readonly string[]): readonly Selection[] {
  if (names.length > 0) return [{ targets: planned.targets }];
  const inner = new Set<string>();
  for (const { name, targets } of definition.groups.values())
    for (const each of targets) if (each !== name) inner.add(each);
  const selections: Selection[] = [];
  const grouped = new Set<string>();
  for (const group of definition.groups.values()) {
    if (inner.has(group.name) && group.name !== "default") continue;
    const members = select(definition, [group.name]).value.targets;
    for (const name of members) grouped.add(name);
    selections.push({ group, targets: pick(planned, members) });
  }
  for (const name of planned.targets.keys())
    if (!grouped.has(name)) selections.push({ targets: pick(planned, [name]) });
  return selections;
}

function pick({ targets }: Plan, names: readonly string[]): ReadonlyMap<string, Target> {
  const picked = new Map<string, Target>();
  for (const name of names) {
    const target = targets.get(name);
    if (target) picked.set(name, target);
  }
  return picked;
}

function buildsByTarget({ builds }: Plan): ReadonlyMap<string, readonly Build[]> {
  const byTarget = new Map<string, Build[]>();
  for (const build of builds) {
    const others = byTarget.get(build.target) ?? [];
    byTarget.set(build.target, others);
    others.push(build);
  }
  return byTarget;
}

function collisionsAmong(
  targets: ReadonlyMap<string, Target>,
  builds: ReadonlyMap<string, readonly Build[]>,
  facts: Facts,
): readonly Diagnostic[] {
  const report = new DiagnosticList();
  const ofTargets = [...targets.keys()].flatMap((name) => builds.get(name) ?? []);
  checkCollisions(targets, ofTargets, { facts, report });
  return report.items;
}

/** A folder or a Dockerfile that is missing here may be there when the build runs: something else may make it. */
function forChecking(found: Diagnostic): Diagnostic {
  const isMissing = found.code === "plan/context-not-found" || found.code === "plan/dockerfile-not-found";
  return isMissing ? { ...found, severity: "warning" } : found;
}

function inGroup(found: Diagnostic, group: GroupDefinition | undefined): Diagnostic {
  if (group?.span === undefined || found.span === undefined) return found;
  const place = { message: `the group ${JSON.stringify(group.name)} builds both`, span: group.span };
  return { ...found, related: [...(found.related ?? []), place] };
}
