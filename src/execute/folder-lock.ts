/** One process at a time in a folder that several share. */
import { lstat, open, readlink, rm, symlink } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import { errnoCode } from "../base/errors.ts";
import { BuildFailure } from "./ports.ts";
import { describeProcess, isRunning, processIdentity, silenceMs } from "./process-identity.ts";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Told once, after some seconds, which other process is waited for: `process 123`. */
  readonly onWait?: (owner: string) => void;
  /** For how long it is waited for before that is an error. Default: until the signal is aborted. */
  readonly patienceMs?: number;
  /** How long an owner that cannot be asked after is taken to be at work. Default: an hour. */
  readonly mostSilentMs?: number;
}

const firstPollMs = 4;
const lastPollMs = 100;
const sayAfterMs = 3000;
/** How long whoever began a lock file may take to write its name into it. */
const mostUnwrittenMs = 10_000;
/** What file systems without links (FAT, some network shares) say. */
const noLinks: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR"]);

/**
 * Runs the work while no other process (and nobody else in this one) works under the same lock file. The lock of a process that has ended
 * is taken from it. Rejects with the signal's reason while it waits, with a BuildFailure that names the owner when the patience is over.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const identity = processIdentity();
  await takeInTurn(file, identity, options);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function takeInTurn(file: string, identity: string, options: LockOptions): Promise<void> {
  const { signal, onWait, patienceMs = Number.POSITIVE_INFINITY, mostSilentMs = silenceMs } = options;
  const start = performance.now();
  let said = false;
  for (
    let pollMs = firstPollMs;
    !(await take(file, identity, mostSilentMs));
    pollMs = Math.min(2 * pollMs, lastPollMs)
  ) {
    const waitedMs = performance.now() - start;
    if (waitedMs > patienceMs) throw locked(file, await ownerOf(file));
    if (waitedMs > sayAfterMs && !said) {
      said = true;
      if (!(await isOurs(file, identity))) onWait?.(await ownerOf(file));
    }
    await setTimeout(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function locked(file: string, owner: string): BuildFailure {
  return new BuildFailure("build/locked", `${owner} does not give up ${file}`, {
    hint: "end it or wait for it, and build again; when it has ended already, remove the file",
    retryable: true,
  });
}

/**
 * A link that leads nowhere: it is made whole or not at all, and its target is the owner. (A junction is what Windows makes for everybody.)
 * A file with the owner's name in it where the file system has no links.
 */
async function take(file: string, identity: string, mostSilentMs: number): Promise<boolean> {
  try {
    await symlink(identity, file, "junction");
    return true;
  } catch (error) {
    const code = errnoCode(error) ?? "";
    if (noLinks.has(code)) {
      if (await takeAsFile(file, identity)) return true;
    } else if (code !== "EEXIST") throw error;
  }
  if (await isDead(file, mostSilentMs)) await giveUpDead(file, identity, mostSilentMs);
  return false;
}

async function takeAsFile(file: string, identity: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(`${identity}\n`);
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    throw error;
  }
  // Somebody may have thought that whoever began the file had ended before it was written.
  return (await readOwner(file).catch(() => "")) === identity;
}

/** Only who has the right to does it, and looks again: somebody may have been quicker, and taken the lock since. */
async function giveUpDead(file: string, identity: string, mostSilentMs: number): Promise<void> {
  const right = `${file}.dead`;
  if (!(await take(right, identity, mostSilentMs))) return;
  try {
    if (await isDead(file, mostSilentMs)) await rm(file, { force: true });
  } finally {
    await rm(right, { force: true });
  }
}

async function isDead(file: string, mostSilentMs: number): Promise<boolean> {
  try {
    const { owner, mtimeMs } = await readLock(file);
    const silent = Date.now() - mtimeMs;
    return owner === undefined ? silent > mostUnwrittenMs : !isRunning(owner, silent, mostSilentMs);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return false;
    throw error;
  }
}

interface Lock {
  /** Undefined while a file is being written. */
  readonly owner: string | undefined;
  readonly mtimeMs: number;
}

async function readLock(file: string): Promise<Lock> {
  let target: string;
  try {
    target = await readlink(file);
  } catch (error) {
    const code = errnoCode(error) ?? "";
    if (code === "EINVAL" || noLinks.has(code)) return await readLockFile(file);
    throw error;
  }
  const { mtimeMs } = await lstat(file);
  return { owner: basename(target), mtimeMs };
}

/** Its age and what is in it are of one file, whoever takes its place meanwhile. */
async function readLockFile(file: string): Promise<Lock> {
  const handle = await open(file, "r");
  try {
    const { mtimeMs } = await handle.stat();
    const text = await handle.readFile("utf8");
    return { owner: text.endsWith("\n") ? text.slice(0, -1) : undefined, mtimeMs };
  } finally {
    await handle.close();
  }
}

async function readOwner(file: string): Promise<string> {
  return (await readLock(file)).owner ?? "";
}

/** Somebody else in this process has it. */
async function isOurs(file: string, identity: string): Promise<boolean> {
  const owner = await readOwner(file).catch(() => "");
  return owner.startsWith(identity.slice(0, identity.lastIndexOf("-") + 1));
}

async function ownerOf(file: string): Promise<string> {
  return describeProcess(await readOwner(file).catch(() => ""));
}
