/** `SOURCE_DATE_EPOCH` of the environment, which makes builds reproducible, reaches every target as an argument. */
import type { TargetSettings } from "../buildfile/definition.ts";

const variable = "SOURCE_DATE_EPOCH";

/** The settings with the argument, unless they have one or the variable is not set or empty. */
export function withEpoch(settings: TargetSettings, environment: ReadonlyMap<string, string>): TargetSettings {
  const value = environment.get(variable) ?? "";
  if (value === "" || settings.args?.has(variable) === true) return settings;
  const setting = { value, origin: { kind: "environment", variable } } as const;
  return { ...settings, args: new Map([...(settings.args ?? []), [variable, setting]]) };
}
