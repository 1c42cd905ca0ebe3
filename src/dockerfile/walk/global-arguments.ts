/** The arguments before the first stage, and those every build has. */
import type { Dockerfile } from "../dockerfile.ts";
import { expandWord } from "../expand.ts";
import type { ArgInstruction, ArgItem } from "../instruction.ts";
import type { WalkFacts } from "./facts.ts";
import { platformParts } from "./platform.ts";
import { WalkError } from "./walk-error.ts";

export interface ArgumentInfo {
  readonly item: ArgItem;
  readonly instruction: ArgInstruction;
  readonly value: string | undefined;
  /** The arguments its value was made of. */
  readonly dependencies: ReadonlySet<string>;
}

export interface GlobalArguments {
  readonly values: ReadonlyMap<string, string>;
  readonly declared: ReadonlyMap<string, ArgumentInfo>;
}

/** What the platforms say: `TARGETARCH` and its kin. An argument of the build of the same name goes first. */
export function platformArguments(facts: WalkFacts, targetStage: string): ReadonlyMap<string, string> {
  const build = platformParts(facts.buildPlatform, undefined);
  const target = platformParts(facts.targetPlatform, build);
  const values: readonly (readonly [string, string])[] = [
    ["BUILDPLATFORM", facts.buildPlatform],
    ["BUILDOS", build?.os ?? ""],
    ["BUILDOSVERSION", ""],
    ["BUILDARCH", build?.architecture ?? ""],
    ["BUILDVARIANT", build?.variant ?? ""],
    ["TARGETPLATFORM", facts.targetPlatform],
    ["TARGETOS", target?.os ?? ""],
    ["TARGETOSVERSION", ""],
    ["TARGETARCH", target?.architecture ?? ""],
    ["TARGETVARIANT", target?.variant ?? ""],
    ["TARGETSTAGE", targetStage || "default"],
  ];
  return new Map(values.map(([name, value]) => [name, facts.buildArguments?.get(name) ?? value]));
}

/** Throws a WalkError when a default has no value. */
export function globalArguments(
  { globals, directives }: Dockerfile,
  start: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string> = new Map(),
): GlobalArguments {
  const values = new Map(start);
  const declared = new Map<string, ArgumentInfo>();
  for (const instruction of globals) {
    for (const item of instruction.items) {
      const expanded =
        item.value === undefined || given.has(item.name)
          ? undefined
          : expandWord(item.value, { escape: directives.escape, variable: (name) => values.get(name) });
      if (expanded?.error !== undefined) throw new WalkError(expanded.error, instruction.span);
      const dependencies = new Set(expanded?.matched);
      if (dependencies.delete(item.name)) {
        for (const name of declared.get(item.name)?.dependencies ?? []) dependencies.add(name);
      }
      const value = given.get(item.name) ?? expanded?.value;
      if (value !== undefined) values.set(item.name, value);
      declared.set(item.name, { item, instruction, value, dependencies });
    }
  }
  return { values, declared };
}
