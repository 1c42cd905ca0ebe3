/** `/proc` and `/sys` of a command: what of them must not be written, and what not be seen (as the defaults of OCI runtimes have it). */
import { existsSync } from "node:fs";
import type { MountLine } from "../cell/shell-words.ts";

export const readOnlyPaths: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

export const maskedPaths: readonly string[] = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

/** Folders among the masked ones. */
const folders = new Set(["/proc/asound", "/proc/acpi", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]);

export interface SystemOptions {
  /** Where the command's root is. */
  readonly root: string;
  /** Whether a sysfs of its own may be mounted; the machine's is bound otherwise. */
  readonly ownSysfs: boolean;
  /** Everything may be written and seen. */
  readonly insecure: boolean;
}

/** The mounts, in order. Paths that this kernel does not have are left out: mount(8) would give up at them. */
export function systemLines({ root, ownSysfs, insecure }: SystemOptions): readonly MountLine[] {
  const access = insecure ? "rw" : "ro";
  const sys: MountLine = ownSysfs
    ? { source: "sysfs", target: `${root}/sys`, type: "sysfs", options: [...closed, access] }
    : { source: "/sys", target: `${root}/sys`, type: "none", options: ["rbind", ...(insecure ? [] : ["ro"])] };
  const proc: MountLine = { source: "proc", target: `${root}/proc`, type: "proc", options: closed };
  const cgroup = existsSync("/sys/fs/cgroup/cgroup.controllers") && ownSysfs ? [cgroupLine(root, access)] : [];
  if (insecure) return [proc, sys, ...cgroup];
  const there = (path: string): boolean => existsSync(path);
  return [
    proc,
    sys,
    ...cgroup,
    ...readOnlyPaths.filter(there).map((path) => ({
      source: `${root}${path}`,
      target: `${root}${path}`,
      type: "none",
      options: ["bind", "ro", ...closed],
    })),
    ...maskedPaths.filter(there).map((path) => maskLine(`${root}${path}`, folders.has(path))),
  ];
}

const closed = ["nosuid", "noexec", "nodev"];

function cgroupLine(root: string, access: string): MountLine {
  return { source: "cgroup", target: `${root}/sys/fs/cgroup`, type: "cgroup2", options: [...closed, access] };
}

function maskLine(target: string, folder: boolean): MountLine {
  return folder
    ? { source: "tmpfs", target, type: "tmpfs", options: ["ro", "size=4k", "nr_inodes=1"] }
    : { source: "/dev/null", target, type: "none", options: ["bind"] };
}
