/** The second step: from the definition to the plan. */
import type { Checked, Diagnostic } from "../base/diagnostic.ts";
import type { Definition } from "../buildfile/definition.ts";
import { plan as createPlan } from "../plan/create-plan.ts";
import { type BuildFlags, overridesOfFlags } from "../plan/override/build-flags.ts";
import { parseSetFlag } from "../plan/override/set-flag.ts";
import type { Plan } from "../plan/plan.ts";
import { readFacts } from "./facts.ts";
import type { Surroundings } from "./surroundings.ts";

export interface PlanOptions extends Surroundings {
  /** Names and patterns of targets and groups. Default: `default`. */
  readonly targets?: readonly string[];
  /** Overrides as `--set` takes them: `app.args.V=1`. */
  readonly set?: readonly string[];
  /** Overrides as the flags of `tsbake build` make them; they come after `set`. */
  readonly flags?: BuildFlags;
  /** A plan to be printed is checked less strictly than one to be built. Default: `build`. */
  readonly purpose?: "print" | "build";
}

/** Decides what is built. With errors among the diagnostics the plan is not to be built. Reads facts of the file system, writes nothing. */
export function plan(definition: Definition, options: PlanOptions = {}): Checked<Plan> {
  const facts = readFacts(options);
  const diagnostics: Diagnostic[] = [];
  const checkedSets = (options.set ?? []).map((text) => parseSetFlag(text, facts.environment));
  const checkedFlags = overridesOfFlags(options.flags ?? {}, facts.environment);
  for (const checked of [...checkedSets, checkedFlags]) diagnostics.push(...checked.diagnostics);
  const overrides = [...checkedSets, checkedFlags].flatMap(({ value }) => value);
  const planned = createPlan(definition, {
    patterns: options.targets ?? [],
    overrides,
    purpose: options.purpose ?? "build",
    facts,
  });
  return { value: planned.value, diagnostics: [...diagnostics, ...planned.diagnostics] };
}
