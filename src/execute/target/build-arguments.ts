/** The build arguments of a target. */
import type { Target } from "../../plan/plan.ts";

export interface ArgumentSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Build arguments that docker's configuration gives. */
  readonly proxyArguments: ReadonlyMap<string, string>;
}

/** The target's own arguments, then what the environment and docker's configuration add without being asked. */
export function buildArguments(target: Target, surroundings: ArgumentSurroundings): ReadonlyMap<string, string> {
  const args = new Map(target.args);
  const taken = new Set([...args.keys()].map((name) => name.toLowerCase()));
  for (const [name, value] of surroundings.proxyArguments) if (!taken.has(name.toLowerCase())) args.set(name, value);
  const epoch = surroundings.environment.SOURCE_DATE_EPOCH;
  if (epoch && !args.has("SOURCE_DATE_EPOCH")) args.set("SOURCE_DATE_EPOCH", epoch);
  return args;
}
