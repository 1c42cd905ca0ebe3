import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/*
 * Locks are the kernel's (flock), held by a small child for as long as its standard input is open. However the holder ends,
 * killed included, the pipe closes with it and the lock is free: there is no stale lock to judge.
 */

export interface Held {
  release(): Promise<void>;
}

export type LockKind = "exclusive" | "shared";

/** Waits for the lock on `file` and holds it. A shared lock excludes exclusive ones only. */
export async function hold(file: string, kind: LockKind): Promise<Held> {
  const held = await acquire(file, [kindFlag(kind)]);
  if (held === undefined) throw new Error(`flock gave no lock on ${file}`);
  return held;
}

/** Takes the lock on `file`; undefined when somebody is in the way for longer than `waitMs`. */
export function tryHold(file: string, kind: LockKind, waitMs = 0): Promise<Held | undefined> {
  return acquire(file, [kindFlag(kind), `--timeout=${waitMs / 1000}`]);
}

/** Runs `action` with the exclusive lock on `file` held. */
export async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  const held = await hold(file, "exclusive");
  try {
    return await action();
  } finally {
    await held.release();
  }
}

async function acquire(file: string, flags: readonly string[]): Promise<Held | undefined> {
  // Detached, or a Ctrl-C meant for the run would end the holder before the run has cleaned up.
  const holder = spawn("flock", [...flags, file, "sh", "-c", "echo held; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const exited = once(holder, "exit");
  const held = await Promise.race([once(holder.stdout, "data").then(() => true), exited.then(() => false)]);
  if (!held) return undefined;
  letRunGo(holder);
  return {
    release: async () => {
      holder.ref();
      holder.stdin.end();
      await exited;
    },
  };
}

/** A lock held is no reason for the process to stay. */
function letRunGo(holder: ChildProcessByStdio<Writable, Readable, null>): void {
  holder.stdout.destroy();
  holder.unref();
}

function kindFlag(kind: LockKind): string {
  return kind === "shared" ? "--shared" : "--exclusive";
}
