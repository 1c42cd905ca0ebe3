/** Folders and files for mounts to be put on. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { errnoCode } from "../../../base/errors.ts";

/** Makes the folder with its parents below `root`, what is there stays. Step by step: `recursive` of Node 20 never comes back below /proc. */
export function makeFolderIn(root: string, path: string, mode = 0o755): void {
  let folder = root;
  for (const part of path.split("/").filter((each) => each !== "")) {
    folder = `${folder}/${part}`;
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      if (errnoCode(error) !== "EEXIST") throw error;
    }
  }
}

/** Makes an empty file with its parents below `root`, unless there is one. */
export function makeFileIn(root: string, path: string): void {
  const slash = path.lastIndexOf("/");
  if (slash > 0) makeFolderIn(root, path.slice(0, slash));
  closeSync(openSync(`${root}/${path}`, "a", 0o644));
}
