/** Circles of names in messages: groups that contain, targets that inherit from or link to each other. */
import type { RelatedPlace } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";

interface Member {
  readonly name: string;
  readonly span?: Span;
}

const mostShown = 8;

/** `"a" → "b" → "a"`; of a long circle the beginning and the end. */
export function describeCircle(members: readonly Member[]): string {
  const names = [...members, ...members.slice(0, 1)].map(({ name }) => JSON.stringify(name));
  if (names.length <= mostShown) return names.join(" → ");
  return [...names.slice(0, mostShown - 3), "…", ...names.slice(-2)].join(" → ");
}

/** Where the members are, as far as a file holds them. */
export function placesOf(members: readonly Member[]): readonly RelatedPlace[] {
  return members.slice(0, mostShown).flatMap(({ name, span }) => {
    return span === undefined ? [] : [{ message: `${JSON.stringify(name)} is here`, span }];
  });
}
