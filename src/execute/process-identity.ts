/** Who a folder of a process belongs to, and whether that process still runs. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errnoCode } from "../base/errors.ts";

/** The process of a name, for people: `process 123`. */
export function describeProcess(identity: string): string {
  const [pid = "", , where = ""] = identity.split("-");
  return `process ${pid}${where === machine() ? "" : " of another machine or container"}`;
}

/** A name for something of this process: `pid-start-machine-random`. */
export function processIdentity(): string {
  return [process.pid, startOf("self") ?? "0", machine(), randomBytes(4).toString("hex")].join("-");
}

/** How long a process that cannot be asked after may be silent, in milliseconds. */
export const silenceMs = 3600_000;

/**
 * Whether the process of a name still runs. Those of another machine (or another process namespace, or before the last boot) cannot be asked
 * after: they run while they have been heard of lately. A name that is none belongs to nobody.
 */
export function isRunning(identity: string, silentMs: number, mostSilentMs: number = silenceMs): boolean {
  const match = /^(\d+)-(\d+)-([0-9a-f]+)-[0-9a-f]+$/.exec(identity);
  if (match === null) return false;
  const [, pid = "", start = "", where = ""] = match;
  if (where !== machine()) return silentMs < mostSilentMs;
  const actual = startOf(pid);
  if (actual !== undefined) return actual === start;
  // With /proc the answer is final; without, a process identifier may have been given again.
  return start === "0" && answers(Number(pid)) && silentMs < mostSilentMs;
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoCode(error) === "EPERM";
  }
}

/** In ticks since the boot (proc(5), stat, field 22). Undefined without such a process, when it has ended, or without /proc. */
function startOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field may hold anything, blanks and parentheses too.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

let knownMachine: string | undefined;

/** Where process identifiers mean the same: one boot of one machine, one process namespace. */
function machine(): string {
  knownMachine ??= createHash("sha256")
    .update(boot() ?? hostname())
    .digest("hex")
    .slice(0, 12);
  return knownMachine;
}

function boot(): string | undefined {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}
