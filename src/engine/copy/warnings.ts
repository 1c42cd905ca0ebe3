/** What COPY and ADD do as BuildKit does it, though hardly anybody means it. */
import type { TreeEntry } from "../tree/entry.ts";
import { lastName } from "../tree/path.ts";
import type { CopyWarning } from "./request.ts";

export function noMatch(written: string, origin: string): CopyWarning {
  return {
    code: "no-match",
    message: `nothing in ${origin} matches ${JSON.stringify(written)}`,
    hint: "a pattern may match nothing; remember that * and ** stay in one folder, and that names are case-sensitive",
  };
}

export function severalSourcesToFile(path: string): CopyWarning {
  return {
    code: "several-sources-to-file",
    message: `several sources are written to the file /${path}: the last one stays`,
    hint: `write a slash at the end (/${path}/) to copy them into a folder`,
  };
}

/** At most one, for the first such name. */
export function whiteoutNames(entries: readonly TreeEntry[]): readonly CopyWarning[] {
  const found = entries.find(
    (entry) => entry.type !== "whiteout" && entry.path.includes(".wh.") && isWhiteoutName(entry),
  );
  if (found === undefined) return [];
  return [
    {
      code: "whiteout-name",
      message: `/${found.path} is copied, but in an image a name that begins with .wh. means that a file is deleted`,
      hint: "give the file another name, or exclude it",
    },
  ];
}

function isWhiteoutName({ path }: TreeEntry): boolean {
  return lastName(path).startsWith(".wh.");
}
