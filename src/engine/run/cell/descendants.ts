/** Processes below one of ours, as /proc tells. */
import { readdirSync, readFileSync } from "node:fs";

/** The children of a process, in no order; none when it is gone (or the kernel does not tell). */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Everything below a process, itself left out. */
export function descendantsOf(pid: number): readonly number[] {
  const found: number[] = [];
  const open = [...childrenOf(pid)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    open.push(...childrenOf(next));
  }
  return found;
}

/** Whether a process has a handler for the signal: the others either die of it or, as the first of their namespace, do not hear it at all. */
export function catches(pid: number, signal: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const mask = /^SigCgt:\s*([0-9a-f]+)/m.exec(status)?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
  } catch {
    return false;
  }
}
