/** Telling equal elements apart from others in linear time. */
import { compareValues, valuesEqual } from "../../hcl/compare.ts";
import type { Value } from "../../hcl/value.ts";

/** First occurrences, in their order. */
export function distinctItems(items: readonly Value[]): readonly Value[] {
  const order = items.map((_, at) => at).sort((a, b) => compareAt(items, a, b) || a - b);
  const kept = new Set<number>();
  let previous: Value | undefined;
  for (const at of order) {
    const item = items[at];
    if (item === undefined) continue;
    if (previous === undefined || !sameValue(previous, item)) kept.add(at);
    previous = item;
  }
  return items.filter((_, at) => kept.has(at));
}

function compareAt(items: readonly Value[], a: number, b: number): number {
  const [first, second] = [items[a], items[b]];
  return first === undefined || second === undefined ? 0 : compareValues(first, second);
}

function sameValue(a: Value, b: Value): boolean {
  return compareValues(a, b) === 0 && valuesEqual(a, b);
}
