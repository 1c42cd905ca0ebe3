/** One process at a time, for moments: a file that only one of them can make. */
import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { errnoCode } from "../../../base/errors.ts";
import { isRunning, processIdentity } from "../../../engine/store/process-identity.ts";

const pauseMs = 20;

/** Longer nobody holds it whom we cannot ask whether he lives: in another container, on another machine. */
const longestMs = 60_000;

/** Runs the task while holding the lock, which a process that is gone does not hold. Rejects with the signal's reason while waiting. */
export async function withLock<T>(path: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  while (!(await taken(path))) {
    const owner = await abandonedBy(path);
    if (owner !== undefined) await breakLock(path, owner);
    else await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

async function taken(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(processIdentity());
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Who holds the lock and cannot give it back; undefined while somebody may. */
async function abandonedBy(path: string): Promise<string | undefined> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    const ageMs = Date.now() - mtimeMs;
    // Between its making and its writing it is empty for a moment.
    const held = owner === "" ? ageMs < longestMs : isRunning(owner, ageMs) && ageMs < longestMs;
    return held ? undefined : owner;
  } catch {
    return undefined;
  }
}

/** Taken aside first: meanwhile another process may have broken it, and a third one hold it. */
async function breakLock(path: string, owner: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, "utf8")) !== owner) await link(aside, path);
  } catch (error) {
    if (errnoCode(error) !== "ENOENT" && errnoCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(aside, { force: true });
  }
}
