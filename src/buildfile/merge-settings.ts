import type { TargetSettings } from "./definition.ts";
import { SettingsDraft } from "./settings-draft.ts";

/**
 * Lays the settings of a later block over those of an earlier one (spec section 17, see SettingsDraft for the rules). What is
 * replaced stays reachable through `replaced`. Associative, but for the order of caches; the empty settings change nothing. Neither argument is changed.
 */
export function mergeSettings(base: TargetSettings, over: TargetSettings): TargetSettings {
  const draft = SettingsDraft.of(base);
  draft.merge(over);
  return draft.finish();
}
