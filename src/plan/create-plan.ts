/** From a definition and what was asked for to a plan. */
import { type Checked, DiagnosticList } from "../base/diagnostic.ts";
import { sortedByBytes } from "../base/text.ts";
import type { Definition, TargetDefinition } from "../buildfile/definition.ts";
import { parsePlatform } from "../oci/platform.ts";
import { buildsOf } from "./builds.ts";
import { checkAttestations, checkCaches } from "./check/backends.ts";
import { checkCollisions } from "./check/collisions.ts";
import { type CheckContext, InheritedProblems } from "./check/context.ts";
import { checkInputs } from "./check/inputs.ts";
import { checkOutputs } from "./check/outputs.ts";
import { checkSecrets, checkSsh } from "./check/secrets.ts";
import { checkValues } from "./check/values.ts";
import { withEpoch } from "./epoch.ts";
import { Inheritance } from "./inherit.ts";
import { addLinkedTargets, orderByLinks } from "./link.ts";
import { normalise } from "./normalise.ts";
import { OverrideTable } from "./override/apply.ts";
import type { Plan, Target } from "./plan.ts";
import { problem } from "./problem.ts";
import { takeFromRemote } from "./remote.ts";
import type { PlanRequest } from "./request.ts";
import { type Selection, select } from "./select.ts";

/**
 * Selects, resolves, links and checks. Whatever is wrong is reported and the rest is planned nevertheless; a plan with errors
 * is not to be built or printed. The same arguments give the same plan. Time is linear in what is selected and what that
 * inherits and links to.
 */
export function plan(definition: Definition, request: PlanRequest): Checked<Plan> {
  const report = new DiagnosticList();
  const selection = select(definition, request.patterns);
  report.addAll(selection.diagnostics);
  const resolved = resolveTargets(definition, selection.value, request, report);
  const ordered = orderByLinks(resolved, request.facts.localPlatform, report);
  const builds = buildsOf(ordered);
  const targets = sorted(ordered);
  check(targets, builds, request, report);
  return { value: { groups: sorted(selection.value.groups), targets, builds }, diagnostics: report.items };
}

/** The selected targets and those they link to. */
function resolveTargets(
  definition: Definition,
  selection: Selection,
  { overrides, facts }: PlanRequest,
  report: DiagnosticList,
): ReadonlyMap<string, Target> {
  const table = new OverrideTable(definition, overrides, report);
  const inheritance = new Inheritance(definition, table, report);
  const resolve = (found: readonly TargetDefinition[], selected: boolean): readonly Target[] => {
    const settings = inheritance.resolve(found, { selected });
    return found.map((target) =>
      takeFromRemote(
        normalise(target, withEpoch(settings.get(target.name) ?? {}, facts.environment), !selected),
        definition.remote,
      ),
    );
  };
  const roots = selection.targets.flatMap((name) => definition.targets.get(name) ?? []);
  const targets = new Map(resolve(roots, true).map((target) => [target.name, target]));
  addLinkedTargets(targets, definition, (found) => resolve(found, false), report);
  table.finish();
  return sorted(targets);
}

function check(
  targets: ReadonlyMap<string, Target>,
  builds: Plan["builds"],
  { purpose, facts }: PlanRequest,
  report: DiagnosticList,
): void {
  const building = purpose === "build";
  const remembered = { ...facts, look: remember(facts.look) };
  const context: CheckContext = {
    facts: remembered,
    platform: remember((text) => parsePlatform(text, facts.localPlatform)),
    building,
    buildSeverity: building ? "error" : "warning",
    report,
  };
  const found = new InheritedProblems();
  const ofTargets = { ...context, report: found };
  for (const target of targets.values()) {
    found.target = target.name;
    checks.forEach((checkTarget) => {
      checkTarget(target, ofTargets);
    });
  }
  found.addTo(report);
  if (building) checkCollisions(targets, builds, context);
  const policy = facts.environment.get("EXPERIMENTAL_BUILDKIT_SOURCE_POLICY") ?? "";
  if (policy !== "" && facts.look(policy)?.kind !== "file") {
    const message = `EXPERIMENTAL_BUILDKIT_SOURCE_POLICY is ${JSON.stringify(policy)}, which is no file that can be read`;
    report.add(problem("source-policy-unreadable", message, { hint: "unset the variable, or correct the path" }));
  }
}

const checks = [checkInputs, checkValues, checkSecrets, checkSsh, checkCaches, checkAttestations, checkOutputs];

/** Many targets have one context, and the same platforms: each text is looked at once. */
function remember<T>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.value;
    const value = answer(text);
    known.set(text, { value });
    return value;
  };
}

function sorted<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const inOrder = new Map<string, T>();
  for (const name of sortedByBytes(map.keys())) {
    const value = map.get(name);
    if (value !== undefined) inOrder.set(name, value);
  }
  return inOrder;
}
