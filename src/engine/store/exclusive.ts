/**
 * Who prunes is alone among those who prune, and waits for nobody else. Rooms have no names of content to be told by, so what is in them is
 * not removed while another process has them open. Both sides first say what they are about to do, then look whether the other has: at least
 * one of two sees the other.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { TsbakeError } from "../../base/errors.ts";
import { describeProcess } from "../../execute/process-identity.ts";
import { type ProcessFolder, runningFolders } from "./process-folder.ts";

const pruningMark = "pruning";
const roomMark = (room: string): string => `room.${room}`;

/** Runs the work while nobody else prunes. Undefined when somebody does and it is not waited for. */
export async function pruneAlone<T>(
  own: ProcessFolder,
  processes: string,
  {
    patienceMs,
    signal,
    work,
  }: { readonly patienceMs: number; readonly signal: AbortSignal; readonly work: () => Promise<T> },
): Promise<T | undefined> {
  const start = performance.now();
  for (;;) {
    signal.throwIfAborted();
    own.mark(pruningMark);
    if (!othersHave(own, processes, pruningMark)) break;
    own.unmark(pruningMark);
    if (performance.now() - start >= patienceMs) return undefined;
    // Of two that came at once, one is back first.
    await setTimeout(20 + Math.random() * 80, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    own.unmark(pruningMark);
  }
}

/** The error of a caller that did wait. */
export function pruneBusy(): TsbakeError {
  return new TsbakeError("engine/prune-busy", "another process is pruning the build cache", {
    hint: "wait for it to end, and try again",
    retryable: true,
  });
}

/** Pruning sets things aside and deletes them later, which keeps others out for milliseconds. */
const pruningMs = 60_000;

/**
 * Resolves when nobody is removing anything from the room, and nobody will until this process has closed the store. Rejects with a TsbakeError
 * when somebody is at it for a minute, which means that the process was stopped.
 */
export async function enterRoom(own: ProcessFolder, processes: string, room: string): Promise<void> {
  own.mark(roomMark(room));
  const start = performance.now();
  for (;;) {
    const [other] = othersWith(own, processes, pruningMark);
    if (other === undefined) return;
    if (performance.now() - start > pruningMs) {
      own.unmark(roomMark(room));
      throw roomBusy(other);
    }
    await setTimeout(10);
  }
}

function roomBusy(folder: string): TsbakeError {
  const owner = describeProcess(basename(folder));
  return new TsbakeError("engine/prune-busy", `${owner} is pruning the build cache and does not come to an end`, {
    hint: `see whether it was stopped: let it go on, or end it; when it is gone already, remove ${folder}`,
    retryable: true,
  });
}

/** Whether a process other than the one of `own` has the room open. */
export function isRoomInUse(own: ProcessFolder | undefined, processes: string, room: string): boolean {
  return othersHave(own, processes, roomMark(room));
}

function othersHave(own: ProcessFolder | undefined, processes: string, mark: string): boolean {
  return othersWith(own, processes, mark).length > 0;
}

/** Folders of processes. */
function othersWith(own: ProcessFolder | undefined, processes: string, mark: string): readonly string[] {
  return runningFolders(processes).filter((folder) => folder !== own?.folder && existsSync(join(folder, mark)));
}
