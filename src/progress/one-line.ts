/** Text from outside in one line: no control characters, and a space for every line end and tab. */
import { stripControl } from "../base/text.ts";

export function oneLine(text: string): string {
  return stripControl(text)
    .replace(/[ \t\n]*[\t\n][ \t\n]*/g, " ")
    .trim();
}
