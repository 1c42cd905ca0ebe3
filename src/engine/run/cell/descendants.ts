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

export interface ProcessStatus {
  /** How many process namespaces it is in, one inside the other. */
  readonly depth: number;
  /** Signals it has handlers for, as a mask: of the others it dies or, as the first of its namespace, does not hear at all. */
  readonly caught: bigint;
}

/** Undefined when it is gone. */
export function statusOf(pid: number): ProcessStatus | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
    const depth = (/^NSpid:\s*(.*)$/m.exec(status)?.[1] ?? "").split(/\s+/).length;
    return { depth, caught };
  } catch {
    return undefined;
  }
}
