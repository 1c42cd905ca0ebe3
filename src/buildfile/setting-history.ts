/** Laying one setting over another without losing what was there: the `replaced` chain is the story `explain` tells. */
import type { Resources } from "./attributes/entries.ts";
import type { Origin, Setting } from "./definition.ts";

/**
 * `over` with `base` as the end of its story. A setting that reaches a target on two ways (a diamond) is told once, at its
 * latest place, so a story is never longer than the number of places that take part. Associative.
 */
export function replaceSetting<T>(base: Setting<T> | undefined, over: Setting<T>): Setting<T> {
  if (base === undefined || base === over) return over;
  if (over.replaced === undefined && !tells(base, over.origin)) return { ...over, replaced: base };
  return endWith(over, without(base, originsOf(over)), (value) => value);
}

/** Resources merge field by field; each step of the story holds the fields as they stood then. Associative. */
export function mergeResources(base: Setting<Resources> | undefined, over: Setting<Resources>): Setting<Resources> {
  if (base === undefined || base === over) return over;
  return endWith(over, without(base, originsOf(over)), (value) => ({ ...base.value, ...value }));
}

/** The setting and all it replaced, latest first. */
export function* story<T>(setting: Setting<T>): Generator<Setting<T>> {
  for (let at: Setting<T> | undefined = setting; at !== undefined; at = at.replaced) yield at;
}

function tells<T>(setting: Setting<T>, origin: Origin): boolean {
  for (let at: Setting<T> | undefined = setting; at !== undefined; at = at.replaced) {
    if (at.origin === origin) return true;
  }
  return false;
}

function originsOf<T>(setting: Setting<T>): ReadonlySet<Origin> {
  return new Set([...story(setting)].map((each) => each.origin));
}

/** A copy of the chain, its values changed by `change`, with `tail` behind its end. */
function endWith<T>(setting: Setting<T>, tail: Setting<T> | undefined, change: (value: T) => T): Setting<T> {
  let rest = tail;
  for (const replaced of [...story(setting)].slice(1).reverse()) {
    rest = link(change(replaced.value), replaced.origin, rest);
  }
  return link(change(setting.value), setting.origin, rest);
}

/** The chain without the settings of these origins: the very same one where none is met. */
function without<T>(setting: Setting<T>, origins: ReadonlySet<Origin>): Setting<T> | undefined {
  const all = [...story(setting)];
  const kept = all.filter((each) => !origins.has(each.origin));
  if (kept.length === all.length) return setting;
  return kept.reduceRight<Setting<T> | undefined>((rest, each) => link(each.value, each.origin, rest), undefined);
}

function link<T>(value: T, origin: Origin, replaced: Setting<T> | undefined): Setting<T> {
  return replaced === undefined ? { value, origin } : { value, origin, replaced };
}
