/** The order of a walk: a folder, then what is in it, then its next sibling; siblings by the bytes of their names. */
import { compareBytes } from "../../base/text.ts";

/** Orders paths as a walk meets them: `a`, `a/b`, `a.b`. */
export function compareInWalkOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] === b[i]) continue;
    if (a[i] === "/") return -1;
    return b[i] === "/" ? 1 : compareBytes(a.slice(i), b.slice(i));
  }
  return a.length - b.length;
}
