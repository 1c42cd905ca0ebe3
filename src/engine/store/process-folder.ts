/**
 * The folder of a process in the store: what it has under way and what it holds against pruning. It goes when the process closes the store;
 * of a process that was killed, when the next one opens it.
 */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { errnoCode } from "../../base/errors.ts";
import { isRunning, processIdentity, silenceMs } from "../../execute/process-identity.ts";
import { removeFolder } from "./remove-folder.ts";

export class ProcessFolder {
  readonly folder: string;
  readonly #lease: number;
  readonly #leased = new Set<string>();
  readonly #pulse: NodeJS.Timeout;
  #made = 0;
  #closed = false;

  /** Throws what the file system throws. */
  constructor(processes: string) {
    this.folder = join(processes, processIdentity());
    mkdirSync(this.folder, { mode: 0o700 });
    this.#lease = openSync(join(this.folder, leaseName), "ax", 0o600);
    this.#pulse = setInterval(() => beat(this.folder), silenceMs / 30).unref();
  }

  /** Of a digest, or a record (`recordId`). Seen by other processes when it returns. */
  lease(name: string): void {
    if (this.#closed || this.#leased.has(name)) return;
    writeSync(this.#lease, `${name}\n`);
    this.#leased.add(name);
  }

  /** A path nobody else uses, for a file or folder to be made. */
  newPath(kind: string): string {
    return join(this.folder, `${kind}-${++this.#made}`);
  }

  /** Says something to other processes by a file that is there. */
  mark(name: string): void {
    writeFileSync(join(this.folder, name), "", { mode: 0o600 });
  }

  unmark(name: string): void {
    rmSync(join(this.folder, name), { force: true });
  }

  /** Nothing of it is left. Idempotent, never throws. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pulse);
    closeSync(this.#lease);
    await removeFolder(this.folder).catch(() => {});
  }
}

const leaseName = "lease";

/** Others hear of us by the time of our folder. */
function beat(folder: string): void {
  try {
    const now = new Date();
    utimesSync(folder, now, now);
  } catch {
    // Whoever removed the folder has ended our lease; the work itself fails where it needs the folder.
  }
}

/** The folders of the processes that run, this one's included. */
export function runningFolders(processes: string): readonly string[] {
  return foldersOf(processes, true);
}

/** Removes what killed processes left behind. Never throws: what cannot be removed is left for the next one. */
export async function removeDeadFolders(processes: string): Promise<void> {
  try {
    for (const folder of foldersOf(processes, false)) await removeDeadFolder(folder).catch(() => {});
  } catch {
    // The folder of folders cannot be read.
  }
}

/** Under a name that nobody takes for a process, so that whoever comes meanwhile does not count it as one. Another process may be at it too. */
async function removeDeadFolder(folder: string): Promise<void> {
  const doomed = folder.endsWith(".dead") ? folder : `${folder}.dead`;
  if (folder !== doomed) renameSync(folder, doomed);
  await removeFolder(doomed);
}

function foldersOf(processes: string, running: boolean): readonly string[] {
  const now = Date.now();
  const names = unlessMissing(() => readdirSync(processes)) ?? [];
  return names
    .map((name) => ({ name, folder: join(processes, name) }))
    .filter(({ name, folder }) => {
      const heard = lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs;
      // A time to come is no silence; neither is a clock that was set back a reason to wait for ever.
      return heard !== undefined && isRunning(name, Math.abs(now - heard)) === running;
    })
    .map(({ folder }) => folder);
}

/** What a process holds against pruning: digests, and names of records. Nothing when it is gone meanwhile. Throws when it cannot be told. */
export function leasedBy(folder: string): readonly string[] {
  const lease = unlessMissing(() => readFileSync(join(folder, leaseName), "latin1"));
  // The last line may be on its way; names that are cut stand for nothing.
  return lease === undefined ? [] : lease.split("\n");
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
