/**
 * One file, staged beside its destination and renamed over it when it is whole and on the disk: whenever a process dies, and whoever
 * else writes the same file, there is the old one or a new one and never a mixture.
 */
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { errnoCode, type TsbakeError } from "../base/errors.ts";
import { removeLeftovers, stagingName } from "../execute/staging-name.ts";
import { checkWritable, followLinks, kindOf, type MadeFolders, makeFolders, stagedPath } from "./destination.ts";
import { FileWriter } from "./file-writer.ts";
import { problems, streamProblem, writeProblem } from "./problems.ts";
import type { Receiver } from "./receiver.ts";
import { specialFileReceiver } from "./special-file-receiver.ts";

const permissions = 0o644;
const attempts = 3;

/** `path` is absolute, `shown` what the user wrote. Throws a TsbakeError when the destination cannot be written. Stages nothing yet. */
export async function fileReceiver(path: string, shown: string): Promise<Receiver> {
  try {
    const kind = await kindOf(path);
    if (kind === "folder") throw problems.destinationIsFolder(shown);
    // A device or a pipe is written to; renaming something over it would take it away from everybody.
    if (kind === "special") return specialFileReceiver(path, shown);
    const destination = await followLinks(path);
    await checkWritable(dirname(destination), shown);
    await removeLeftovers(dirname(destination));
    return new StagedFile(destination, shown);
  } catch (error) {
    throw writeProblem(shown, error);
  }
}

class StagedFile implements Receiver {
  readonly sink: Receiver["sink"];
  readonly #destination: string;
  readonly #shown: string;
  #staged: Staged | undefined;
  #trouble: TsbakeError | undefined;

  constructor(destination: string, shown: string) {
    this.#destination = destination;
    this.#shown = shown;
    this.sink = { kind: "stream", open: () => this.#open() };
  }

  /** Whoever writes hears of a failed write before the stream tells everybody. */
  readonly trouble = (): TsbakeError | undefined =>
    this.#trouble ?? streamProblem(this.#shown, this.#staged?.stream.errored);

  readonly publish = async (): Promise<void> => {
    const staged = this.#staged;
    if (staged === undefined || !staged.stream.writableFinished) throw problems.incomplete(this.#shown);
    try {
      await keepPermissions(this.#destination, staged.file);
      await staged.file.datasync();
      await staged.file.close();
      await rename(staged.path, this.#destination);
      this.#staged = undefined;
    } catch (error) {
      if (errnoCode(error) === "EISDIR") throw problems.destinationIsFolder(this.#shown);
      throw writeProblem(this.#shown, error);
    }
  };

  readonly discard = async (): Promise<void> => {
    const staged = this.#staged;
    if (staged === undefined) return;
    this.#staged = undefined;
    await closed(staged.stream);
    await staged.file.close().catch(() => {});
    await rm(staged.path, { force: true }).catch(() => {});
    await staged.folders.remove();
  };

  async #open(): Promise<Writable> {
    if (this.#staged !== undefined) throw new Error(`${this.#shown} is opened twice`);
    try {
      const staged = await stageFile(this.#destination);
      this.#staged = staged;
      staged.stream.on("error", (error) => {
        this.#trouble ??= streamProblem(this.#shown, error);
      });
      return staged.stream;
    } catch (error) {
      this.#trouble = writeProblem(this.#shown, error);
      throw this.#trouble;
    }
  }
}

interface Staged {
  readonly path: string;
  readonly file: FileHandle;
  readonly stream: Writable;
  readonly folders: MadeFolders;
}

async function stageFile(destination: string): Promise<Staged> {
  for (let attempt = 1; ; attempt++) {
    const folders = await makeFolders(dirname(destination));
    const path = stagedPath(folders.folder, destination, stagingName);
    try {
      const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, permissions);
      return { path, file, stream: new FileWriter(file), folders };
    } catch (error) {
      await folders.remove();
      // Another build may have failed and taken away the folder it had made.
      if (errnoCode(error) !== "ENOENT" || attempt === attempts) throw error;
    }
  }
}

/** A file that is replaced keeps its permissions: what was private stays so. */
async function keepPermissions(destination: string, file: FileHandle): Promise<void> {
  const replaced = await stat(destination).catch(() => undefined);
  if (replaced?.isFile()) await file.chmod(replaced.mode & 0o777);
}

/** Destroys a stream and waits until it does not write any more. */
function closed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) {
      resolve();
      return;
    }
    stream.on("error", () => {});
    stream.once("close", resolve);
    stream.destroy();
  });
}
