/** Targets and groups of other build files over those of compose files (spec bake-language, sections 2.3 and 17). */
import type { Definition, TargetDefinition } from "../definition.ts";
import { mergeSettings } from "../merge-settings.ts";
import type { ComposeDefinition } from "./load-compose.ts";

/** Targets of one name merge, groups of one name replace; compose comes first whatever the order of the files. */
export function layOverCompose(compose: ComposeDefinition, definition: Definition): Definition {
  const targets = new Map<string, TargetDefinition>(compose.targets);
  for (const [name, target] of definition.targets) {
    const base = compose.targets.get(name);
    targets.set(name, base ? { ...target, settings: mergeSettings(base.settings, target.settings) } : target);
  }
  return { ...definition, targets, groups: new Map([...compose.groups, ...definition.groups]) };
}
