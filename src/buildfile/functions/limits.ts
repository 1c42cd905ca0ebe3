/** How large results may get, so that a hostile file is refused before it exhausts memory. */
import { FunctionFailure } from "../hcl/function.ts";

/** UTF-16 code units. */
const longestText: number = 64 * 1024 * 1024;
export const mostElements = 1_000_000;

/** Asks before a text of `length` code units is made. */
export function allowText(length: number): void {
  if (length <= longestText) return;
  throw new FunctionFailure(`the result would be longer than ${longestText / 1024 / 1024} Mi characters`);
}

/** Asks before `count` elements are made. */
export function allowElements(count: number): void {
  if (count <= mostElements) return;
  throw new FunctionFailure(`the result would have more than ${mostElements.toLocaleString("en")} elements`);
}
