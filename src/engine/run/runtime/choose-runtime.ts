/** The best way of running commands that works on this machine. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { findProgram } from "../programs.ts";
import type { Workshop } from "../run-command.ts";
import type { Runtime } from "./command.ts";
import { findFilterLoaders } from "./filter-loader.ts";
import { namespaces } from "./namespaces.ts";
import { ociRuntime } from "./oci-runtime.ts";
import { tryRuntime } from "./try-runtime.ts";

export interface Choice {
  /** Undefined when nothing works. */
  readonly runtime: Runtime | undefined;
  /** Of those that were tried and do not work: `crun: why`. */
  readonly reasons: readonly string[];
}

export interface ChoiceOptions {
  /** `crun`, `runc` or `namespaces`, when somebody insists. */
  readonly wanted: string | undefined;
  readonly signal: AbortSignal;
}

/** Each is tried once a boot, the verdict is kept in the store. */
export async function chooseRuntime(
  workshop: Omit<Workshop, "runtime">,
  { wanted, signal }: ChoiceOptions,
): Promise<Choice> {
  const candidates = findRuntimes(workshop, wanted);
  const reasons: string[] = [];
  if (wanted !== undefined && candidates.length === 0) {
    const known = ["crun", "runc", "namespaces"].includes(wanted);
    reasons.push(
      known ? `${wanted} is not installed` : `TSBAKE_SANDBOX=${wanted} is none of crun, runc and namespaces`,
    );
  }
  for (const runtime of candidates) {
    const reason = await verdictOf({ ...workshop, runtime }, signal);
    if (reason === undefined) return { runtime, reasons };
    reasons.push(`${runtime.name}: ${reason}`);
  }
  return { runtime: undefined, reasons };
}

function findRuntimes({ machine }: Omit<Workshop, "runtime">, wanted: string | undefined): readonly Runtime[] {
  const runtimes: Runtime[] = [];
  for (const name of ["crun", "runc"] as const) {
    const program = wanted === undefined || wanted === name ? findProgram(name, machine.searchPath) : undefined;
    if (program !== undefined) runtimes.push(ociRuntime(name, program, "own"), ociRuntime(name, program, "none"));
  }
  if (wanted === undefined || wanted === "namespaces") {
    runtimes.push(...findFilterLoaders(machine.searchPath).map(namespaces), namespaces());
  }
  return runtimes;
}

/** Only what works is remembered: what does not may be mended any time. */
async function verdictOf(workshop: Workshop, signal: AbortSignal): Promise<string | undefined> {
  const { store, runtime, machine } = workshop;
  const key = createHash("sha256")
    .update(JSON.stringify([bootId(), runtime.name, identityOf(runtime), machine.privilege, machine.programs]))
    .digest("hex");
  if ((await store.records.find("sandbox", key)) === true) return undefined;
  const reason = await tryRuntime(workshop, signal);
  if (reason === undefined) await store.records.save("sandbox", key, true);
  return reason;
}

function identityOf({ program }: Runtime): readonly unknown[] {
  if (program === undefined) return [];
  const { size, mtimeMs } = statSync(program);
  return [program, size, mtimeMs];
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
}
