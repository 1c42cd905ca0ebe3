/** `* + ? {n} {n,} {n,m}`, each with `?` behind it for lazy. */
import type { PatternCursor } from "./cursor.ts";
import { PatternError } from "./syntax.ts";

export interface RepetitionMark {
  readonly minimum: number;
  readonly maximum: number;
  readonly lazy: boolean;
}

const mostRepetitions = 1000;

const mark = /([*+?])(\??)/y;
const counted = /\{(0|[1-9][0-9]*)(,(?:0|[1-9][0-9]*)?)?\}(\??)/y;

/** undefined when none comes next: braces that count nothing are ordinary characters. */
export function readRepetition(cursor: PatternCursor): RepetitionMark | undefined {
  const simple = cursor.match(mark);
  if (simple) {
    const [, character, lazy] = simple;
    const minimum = character === "+" ? 1 : 0;
    return { minimum, maximum: character === "?" ? 1 : Number.POSITIVE_INFINITY, lazy: lazy === "?" };
  }
  const found = cursor.match(counted);
  if (found === undefined) return undefined;
  const [text, low = "", rest, lazy] = found;
  const minimum = Number(low);
  const maximum = rest === undefined ? minimum : rest === "," ? Number.POSITIVE_INFINITY : Number(rest.slice(1));
  if (minimum > mostRepetitions || (maximum > mostRepetitions && maximum !== Number.POSITIVE_INFINITY)) {
    throw new PatternError(`${text} repeats more than ${mostRepetitions} times`);
  }
  if (minimum > maximum) throw new PatternError(`${text} has its bounds in the wrong order`);
  return { minimum, maximum, lazy: lazy === "?" };
}
