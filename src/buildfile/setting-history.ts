/** Laying one setting over another without losing what was there: the `replaced` chain is the story `explain` tells. */
import type { Resources } from "./attributes/entries.ts";
import type { Setting } from "./definition.ts";

/** Stories keep their latest steps. Nobody reads more, and merging takes time by their length. */
export const longestStory = 64;

/**
 * `over` with `base` as the end of its story. A setting that reaches a target on two ways (a diamond) is told once, at its
 * latest place. Associative.
 */
export function replaceSetting<T>(base: Setting<T> | undefined, over: Setting<T>): Setting<T> {
  if (base === undefined || base === over) return over;
  if (over.replaced === undefined && canFollow(base, over)) return { ...over, replaced: base };
  return join(steps(over), base);
}

/** Resources merge field by field; each step of the story holds the fields as they stood then. Associative. */
export function mergeResources(base: Setting<Resources> | undefined, over: Setting<Resources>): Setting<Resources> {
  if (base === undefined || base === over) return over;
  return join(
    steps(over).map(({ value, origin }) => ({ value: { ...base.value, ...value }, origin })),
    base,
  );
}

/** The setting and what it replaced, latest first. */
export function* story<T>(setting: Setting<T>): Generator<Setting<T>> {
  for (let at: Setting<T> | undefined = setting; at !== undefined; at = at.replaced) yield at;
}

/** True when the chain of `base` can be shared as it is: short enough, and without the origin of `over`. */
function canFollow<T>(base: Setting<T>, over: Setting<T>): boolean {
  let length = 1;
  for (let at: Setting<T> | undefined = base; at !== undefined; at = at.replaced) {
    if (at.origin === over.origin || ++length > longestStory) return false;
  }
  return true;
}

function steps<T>(setting: Setting<T>): readonly Setting<T>[] {
  return [...story(setting)];
}

/** The steps `over`, latest first, and behind them those of `base` that are not told yet. */
function join<T>(over: readonly Setting<T>[], base: Setting<T>): Setting<T> {
  const told = new Set(over.map((step) => step.origin));
  const all = [...over, ...steps(base).filter((step) => !told.has(step.origin))].slice(0, longestStory);
  return (
    all.reduceRight(
      (replaced: Setting<T> | undefined, { value, origin }) =>
        replaced === undefined ? { value, origin } : { value, origin, replaced },
      undefined,
    ) ?? base
  );
}
