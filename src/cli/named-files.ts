/** The build files that the words of a command name. */
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { defaultFileNames } from "../buildfile/discover.ts";

/** Files as they are named; a folder, or no word at all, stands for every build file in it, whether or not a build would read it. */
export function namedFiles(words: readonly string[], workingFolder: string): readonly string[] {
  if (words.length === 0) return buildFilesIn(workingFolder);
  return words.flatMap((word) => {
    const path = resolve(workingFolder, word);
    const isFolder = word !== "-" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    return isFolder ? buildFilesIn(path).map((name) => join(word, name)) : [word];
  });
}

function buildFilesIn(folder: string): readonly string[] {
  const present = new Set(readdirSync(folder));
  return defaultFileNames.filter((name) => present.has(name));
}
