import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { kill } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { run, tryRun } from "./run-process.ts";

/** What marks a process, mount, control group or interface as the test engine's: nothing else on the machine carries these. */
export interface Marks {
  /** The engine's folder; its daemons name it on their command lines and mount below it. */
  readonly folder: string;
  /** Name of the control group that all its containers and build steps are in. */
  readonly cgroup: string;
  /** Name of its network bridge. */
  readonly bridge: string;
}

const patienceMs = 10_000;

/**
 * Removes all that an engine which has ended, well or badly, left on the machine: processes, mounts, control groups, bridge
 * and folder. Throws rather than delete through a mount that would not go.
 */
export async function removeRemains(marks: Marks, busybox: string | undefined): Promise<void> {
  await endProcesses(marks);
  await unmountAll(marks.folder);
  await removeControlGroups(marks.cgroup);
  await removeContainerStates(marks.folder);
  if (busybox !== undefined) await removeBridge(marks.bridge, busybox);
  await rm(marks.folder, { recursive: true, force: true });
}

/** Processes of the engine: daemons and shims by their command line, everything in containers by its control group. */
export async function findProcesses(marks: Marks): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const mine = await Promise.all(pids.map((pid) => belongs(pid, marks)));
  return pids.filter((_, index) => mine[index] === true);
}

/** Mount points below the folder, deepest first. */
export async function findMounts(folder: string): Promise<readonly string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return lines
    .map((line) => unescapeOctal(line.split(" ")[4] ?? ""))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

async function endProcesses(marks: Marks): Promise<void> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const pids = await findProcesses(marks);
    if (pids.length === 0) return;
    if (Date.now() > giveUpAt) throw new Error(`Processes ${pids.join()} survive SIGKILL`);
    for (const pid of pids) killIfThere(pid);
    await delay(50);
  }
}

async function belongs(pid: number, marks: Marks): Promise<boolean> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const [program = ""] = commandLine.split("\0");
    if (daemonNames.has(basename(program)) && commandLine.includes(`${marks.folder}/`)) return true;
    return (await readFile(`/proc/${pid}/cgroup`, "utf8")).includes(`:/${marks.cgroup}/`);
  } catch {
    // The process ended while it was looked at.
    return false;
  }
}

/** Keeps an editor or a `tail` on the engine's log from being taken for the engine. */
const daemonNames: ReadonlySet<string> = new Set(["dockerd", "containerd", "containerd-shim-runc-v2", "runc"]);

async function unmountAll(folder: string): Promise<void> {
  for (const point of await findMounts(folder)) {
    const { code } = await tryRun("umount", [point]);
    if (code !== 0) await tryRun("umount", ["--lazy", point]);
  }
  const left = await findMounts(folder);
  if (left.length > 0) throw new Error(`Cannot unmount ${left.join()}`);
}

async function removeControlGroups(cgroup: string): Promise<void> {
  const root = "/sys/fs/cgroup";
  const hierarchies = await readdir(root).catch(() => []);
  for (const base of [root, ...hierarchies.map((name) => join(root, name))]) {
    await removeControlGroup(join(base, cgroup));
  }
}

/** Control groups are folders whose files cannot be deleted: rmdir from the leaves up, and only rmdir. */
async function removeControlGroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  for (const entry of entries) {
    if (entry.isDirectory()) await removeControlGroup(join(folder, entry.name));
  }
  await rmdir(folder).catch(() => {});
}

/** BuildKit leaves runc's state in its default place, where a step that was killed stays listed. */
async function removeContainerStates(folder: string): Promise<void> {
  for (const id of await readdir(runcRoot).catch(() => [])) {
    const state = await readFile(join(runcRoot, id, "state.json"), "utf8").catch(() => "");
    if (state.includes(`${folder}/`)) await rm(join(runcRoot, id), { recursive: true, force: true });
  }
}

const runcRoot = "/run/runc";

async function removeBridge(bridge: string, busybox: string): Promise<void> {
  const { code } = await tryRun(busybox, ["ip", "link", "show", bridge]);
  if (code === 0) await run(busybox, ["ip", "link", "delete", bridge]);
}

function killIfThere(pid: number): void {
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It ended on its own.
  }
}

/** mountinfo writes blanks and backslashes as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
