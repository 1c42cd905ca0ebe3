/** Lists in which nothing stands twice. */

/**
 * What `added` holds that `present` does not, each once, with its key. The order is the one bake prints: from the back of `added`
 * and then of `present`, an entry that comes again later gives that later place to the last of the list. Linear.
 */
export function withoutRepeated<T>(
  added: readonly T[],
  keyOf: (entry: T) => string,
  present: ReadonlyMap<string, unknown> = new Map(),
): readonly (readonly [key: string, entry: T])[] {
  const list = added.map((entry): readonly [string, T] => [keyOf(entry), entry]);
  const places = new Map<string, number>();
  const takeOut = (key: string): void => {
    const place = places.get(key);
    const last = list.pop();
    places.delete(key);
    if (place === undefined || last === undefined || place === list.length) return;
    list[place] = last;
    places.set(last[0], place);
  };
  for (let i = list.length - 1; i >= 0; i--) {
    const key = list[i]?.[0] ?? "";
    if (places.has(key)) takeOut(key);
    places.set(key, i);
  }
  const known = [...places.keys()].filter((key) => present.has(key));
  const fromTheBack = known.length < 2 ? known : [...present.keys()].filter((key) => places.has(key)).reverse();
  for (const key of fromTheBack) takeOut(key);
  return list;
}
