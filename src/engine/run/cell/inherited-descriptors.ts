/**
 * Descriptors this process was started with. Children would have them too, and a folder that is open is a way out of every root: so they are
 * given nothing in their place.
 */
import { openSync, readdirSync, readFileSync } from "node:fs";

let known: { readonly numbers: ReadonlySet<number>; readonly nothing: number } | undefined;

/** Further entries of `stdio` of a child, from the descriptor `first` on. */
export function inheritedDescriptors(first: number): readonly ("ignore" | number)[] {
  known ??= { numbers: findInherited(), nothing: openSync("/dev/null", "r+") };
  const { numbers, nothing } = known;
  const last = Math.max(first - 1, ...numbers);
  return Array.from({ length: last - first + 1 }, (_, index) => (numbers.has(first + index) ? nothing : "ignore"));
}

const closeOnExec = 0o2000000;

/** What Node opens by itself is closed in children. */
function findInherited(): ReadonlySet<number> {
  const numbers = readdirSync("/proc/self/fd").map(Number);
  return new Set(
    numbers.filter((number) => {
      try {
        const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, "latin1"))?.[1];
        return number > 2 && flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
      } catch {
        // The one that the folder was read with.
        return false;
      }
    }),
  );
}
