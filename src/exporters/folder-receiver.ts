/**
 * A folder, received beside its destination. A destination that is not there yet appears with one rename; into one that is, the entries are
 * moved when all of them have arrived, so that a build that fails or is interrupted leaves it as it was. (The moving itself, some
 * renames, is not one step: a process killed in the middle of it leaves old and new files side by side, each of them whole.)
 *
 * ```
 * out/                       the destination
 * .out.tsbake-…/content/     what is received
 * .out.tsbake-…/displaced/   what had to make room, until all is in its place
 * ```
 */
import { mkdir, realpath, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoCode, type TsbakeError } from "../base/errors.ts";
import { removeTree } from "../execute/remove-tree.ts";
import { removeLeftovers, stagingName } from "../execute/staging-name.ts";
import {
  checkWritable,
  followLinks,
  kindOf,
  type MadeFolders,
  makeFolders,
  stagedPath,
  stagingFolderFor,
} from "./destination.ts";
import { mergeFolder } from "./merge-folder.ts";
import { problems, writeProblem } from "./problems.ts";
import type { Receiver } from "./receiver.ts";

export interface FolderOptions {
  /** What the folder holds already is removed. */
  readonly replace: boolean;
}

/** `path` is absolute, `shown` what the user wrote. Throws a TsbakeError when the destination cannot be written. Stages nothing yet. */
export async function folderReceiver(path: string, shown: string, options: FolderOptions): Promise<Receiver> {
  try {
    const kind = await kindOf(path);
    if (kind === "file" || kind === "special") throw problems.destinationIsFile(shown);
    const destination = kind === "folder" ? await realpath(path) : await followLinks(path);
    await checkWritable(destination, shown);
    for (const folder of new Set([dirname(destination), destination])) await removeLeftovers(folder);
    return new StagedFolder(destination, shown, options);
  } catch (error) {
    throw writeProblem(shown, error);
  }
}

interface Staged {
  readonly root: string;
  readonly content: string;
  readonly displaced: string;
  readonly folders: MadeFolders;
}

class StagedFolder implements Receiver {
  readonly sink: Receiver["sink"];
  readonly #destination: string;
  readonly #shown: string;
  readonly #options: FolderOptions;
  #staged: Promise<Staged> | undefined;
  #trouble: TsbakeError | undefined;

  constructor(destination: string, shown: string, options: FolderOptions) {
    this.#destination = destination;
    this.#shown = shown;
    this.#options = options;
    this.sink = { kind: "folder", open: () => this.#open() };
  }

  readonly trouble = (): TsbakeError | undefined => this.#trouble;

  readonly publish = async (): Promise<void> => {
    try {
      // A result without files is an empty folder.
      await this.#open();
      const staged = await this.#staged;
      if (staged === undefined) return;
      const kind = await kindOf(this.#destination);
      if (kind === "file" || kind === "special") throw problems.destinationIsFile(this.#shown);
      // An empty folder is not replaced either: its owner and permissions belong to the user.
      if (kind === "folder" || !(await appear(staged.content, this.#destination))) {
        await mergeFolder(staged, this.#destination, this.#options);
      }
      this.#staged = undefined;
      await removeTree(staged.root);
    } catch (error) {
      throw writeProblem(this.#shown, error);
    }
  };

  readonly discard = async (): Promise<void> => {
    const staged = await this.#staged?.catch(() => undefined);
    this.#staged = undefined;
    if (staged === undefined) return;
    await removeTree(staged.root);
    await staged.folders.remove();
  };

  /** Several streams may write one folder (one a platform): all are given the same. */
  async #open(): Promise<string> {
    try {
      this.#staged ??= stageFolder(this.#destination);
      return (await this.#staged).content;
    } catch (error) {
      this.#staged = undefined;
      this.#trouble = writeProblem(this.#shown, error);
      throw this.#trouble;
    }
  }
}

async function stageFolder(destination: string): Promise<Staged> {
  const folders = await makeFolders(await stagingFolderFor(destination));
  const root = stagedPath(folders.folder, destination, stagingName);
  const staged = { root, content: join(root, "content"), displaced: join(root, "displaced"), folders };
  try {
    await mkdir(root, { mode: 0o700 });
    await mkdir(staged.content);
    await mkdir(staged.displaced);
    return staged;
  } catch (error) {
    await removeTree(root);
    await folders.remove();
    throw error;
  }
}

/** One rename; false when something has appeared there meanwhile. */
async function appear(content: string, destination: string): Promise<boolean> {
  try {
    await rename(content, destination);
    return true;
  } catch (error) {
    if (errnoCode(error) === "ENOTEMPTY" || errnoCode(error) === "EEXIST") return false;
    throw error;
  }
}
