/** The replacement text of `regex_replace`. */
import type { Captures } from "./match.ts";

export interface Match {
  readonly text: string;
  readonly captures: Captures;
  readonly groups: readonly (string | undefined)[];
}

const reference = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/**
 * Puts groups in: `$1`, `${1}`, `$name`, `${name}`; `$$` is a dollar sign, any other dollar sign stays. Without braces a name is
 * as long as it can be (`$1x` is the group `1x`). Groups that are not there or took no part are empty.
 */
export function expandReplacement(replacement: string, match: Match): string {
  if (!replacement.includes("$")) return replacement;
  return replacement.replace(reference, (_, dollar?: string, braced?: string, bare?: string) =>
    dollar === undefined ? groupText(braced ?? bare ?? "", match) : "$",
  );
}

function groupText(name: string, { text, captures, groups }: Match): string {
  const index = /^(?:0|[1-9][0-9]{0,7})$/.test(name) ? Number(name) : groups.indexOf(name) + 1;
  if (index === 0 && name !== "0") return "";
  const start = captures[2 * index] ?? -1;
  return start < 0 ? "" : text.slice(start, captures[2 * index + 1]);
}
