/** Targets and groups of other build files over those of compose files (spec bake-language, sections 2.3 and 17). */
import type { Definition, TargetDefinition } from "../definition.ts";
import { mergeSettings } from "../merge-settings.ts";
import type { ComposeDefinition } from "./load-compose.ts";

/**
 * Targets of one name merge, declared groups replace those of compose, and the groups of matrix targets give way to them; compose
 * comes first whatever the order of the files.
 */
export function layOverCompose(compose: ComposeDefinition, definition: Definition): Definition {
  const targets = new Map<string, TargetDefinition>(compose.targets);
  for (const [name, target] of definition.targets) {
    const base = compose.targets.get(name);
    targets.set(name, base ? { ...target, settings: mergeSettings(base.settings, target.settings) } : target);
  }
  const groups = new Map(compose.groups);
  for (const [name, group] of definition.groups) {
    if (!group.fromMatrix || !groups.has(name)) groups.set(name, group);
  }
  return { ...definition, targets, groups };
}
