/** One process at a time in a folder that several share. */
import { link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { errnoCode } from "../../../base/errors.ts";
import { isRunning, processIdentity } from "../../store/process-identity.ts";

const pollMs = 50;

/**
 * Runs the work while no other process (and nobody else in this one) works under the same lock file. The lock of a process that has ended
 * is taken from it. Rejects with the signal's reason while it waits.
 */
export async function withLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const identity = processIdentity();
  while (!(await take(file, identity)))
    await setTimeout(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** The name goes in whole, or not at all. */
async function take(file: string, identity: string): Promise<boolean> {
  const draft = `${file}.${identity}`;
  await writeFile(draft, identity);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (errnoCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await giveUpDead(file, identity);
  return false;
}

/** Of several who find a dead owner, one gets hold of the file; it looks again whose it is. */
async function giveUpDead(file: string, identity: string): Promise<void> {
  if (!(await isDead(file))) return;
  const taken = `${file}.dead.${identity}`;
  try {
    await rename(file, taken);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return;
    throw error;
  }
  // Somebody may have been quicker, and taken the lock since: it gets it back.
  if (!(await isDead(taken))) await link(taken, file).catch(() => {});
  await rm(taken, { force: true });
}

async function isDead(file: string): Promise<boolean> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    return !isRunning(owner, Date.now() - mtimeMs);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return false;
    throw error;
  }
}
