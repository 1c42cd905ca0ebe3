/**
 * Who prunes is alone among those who prune, and waits for nobody else. Rooms have no names of content to be told by, so what is in them is
 * not removed while another process has them open. Both sides first say what they are about to do, then look whether the other has: at least
 * one of two sees the other.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { TsbakeError } from "../../base/errors.ts";
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

/** Resolves when nobody is removing anything from the room, and nobody will until this process has closed the store. */
export async function enterRoom(own: ProcessFolder, processes: string, room: string): Promise<void> {
  own.mark(roomMark(room));
  while (othersHave(own, processes, pruningMark)) await setTimeout(10);
}

/** Whether a process other than the one of `own` has the room open. */
export function isRoomInUse(own: ProcessFolder | undefined, processes: string, room: string): boolean {
  return othersHave(own, processes, roomMark(room));
}

function othersHave(own: ProcessFolder | undefined, processes: string, mark: string): boolean {
  return runningFolders(processes).some((folder) => folder !== own?.folder && existsSync(join(folder, mark)));
}
