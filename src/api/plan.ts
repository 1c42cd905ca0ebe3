/** The second step: from the definition to the plan. */
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Checked, Diagnostic } from "../base/diagnostic.ts";
import type { Definition } from "../buildfile/definition.ts";
import { plan as createPlan } from "../plan/create-plan.ts";
import { type BuildFlags, overridesOfFlags } from "../plan/override/build-flags.ts";
import type { Override } from "../plan/override/override.ts";
import { parseSetFlag } from "../plan/override/set-flag.ts";
import type { Plan } from "../plan/plan.ts";
import { type Grant, parseGrant } from "../plan/privilege/grant.ts";
import { type MissingPrivilege, missingPrivileges } from "../plan/privilege/missing.ts";
import { readFacts } from "./facts.ts";
import { environmentOf, type Surroundings, workingFolderOf } from "./surroundings.ts";

export interface PlanOptions extends Surroundings {
  /** Names and patterns of targets and groups. Default: `default`. */
  readonly targets?: readonly string[];
  /** Overrides as `--set` takes them: `app.args.V=1`. */
  readonly set?: readonly string[];
  /** Overrides as the flags of `tsbake build` make them; they come after `set`. */
  readonly flags?: BuildFlags;
  /** Privileges as `--allow` takes them: `fs.write=/tmp/out`, `network.host`. The working folder is always allowed. */
  readonly allow?: readonly string[];
  /** A plan to be printed is checked less strictly than one to be built. Default: `build`. */
  readonly purpose?: "print" | "build";
}

/** Decides what is built. With errors among the diagnostics the plan is not to be built. Reads facts of the file system, writes nothing. */
export function plan(definition: Definition, options: PlanOptions = {}): Checked<Plan> {
  const facts = readFacts(options);
  const overrides = readOverrides(options, facts.environment);
  const grants = readGrants(options);
  const planned = createPlan(definition, {
    patterns: options.targets ?? [],
    overrides: overrides.value,
    purpose: options.purpose ?? "build",
    facts,
  });
  return {
    value: planned.value,
    diagnostics: [...overrides.diagnostics, ...grants.diagnostics, ...planned.diagnostics],
  };
}

/**
 * What the plan would do beyond the working folder and beyond the usual rights of a build that neither `allow` nor a path named in `set`
 * grants (spec bake-language, section 25.3). A plan with missing privileges is not to be built without asking.
 */
export function privilegesMissing(planned: Plan, options: PlanOptions = {}): readonly MissingPrivilege[] {
  const environment = environmentOf(options);
  const workingFolder = workingFolderOf(options);
  return missingPrivileges(planned, {
    grants: readGrants(options).value,
    overrides: readOverrides(options, environment).value,
    environment,
    workingFolder: workingFolder.replaceAll("\\", "/"),
    realPath: (path) => nearestRealPath(resolve(workingFolder, path)).replaceAll("\\", "/"),
  });
}

function readOverrides(options: PlanOptions, environment: ReadonlyMap<string, string>): Checked<readonly Override[]> {
  const checked = (options.set ?? []).map((text) => parseSetFlag(text, environment));
  checked.push(overridesOfFlags(options.flags ?? {}, environment));
  return {
    value: checked.flatMap(({ value }) => value),
    diagnostics: checked.flatMap(({ diagnostics }) => diagnostics),
  };
}

function readGrants({ allow = [] }: PlanOptions): Checked<readonly Grant[]> {
  const grants: Grant[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const text of allow) {
    const parsed = parseGrant(text);
    if (parsed.ok) grants.push(...parsed.value);
    else diagnostics.push({ code: "plan/bad-grant", severity: "error", message: `--allow ${text}: ${parsed.message}` });
  }
  return { value: grants, diagnostics };
}

/** The path with symbolic links resolved as far as it exists. */
function nearestRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(nearestRealPath(parent), basename(path));
  }
}
