/** Cgroups of containers whose processes were killed together with ours: the kernel leaves the empty folders. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

let started = 0;

/** Names a container after this process, so that others can tell when it is gone. */
export function containerName(): string {
  return `tsbake-${process.pid}-${++started}`;
}

/** Of a container that has ended, or was ended with what ran it. Never throws. */
export function removeCgroup(container: string, top = "/sys/fs/cgroup"): void {
  for (const folder of [top, ...foldersIn(top).map((name) => join(top, name))]) remove(join(folder, container));
}

/** Never throws: what cannot be removed is somebody's still, or stays empty. */
export function removeDeadCgroups(top = "/sys/fs/cgroup"): void {
  for (const folder of [top, ...foldersIn(top).map((name) => join(top, name))]) {
    for (const name of foldersIn(folder)) {
      const pid = /^tsbake-([0-9]+)-[0-9]+$/.exec(name)?.[1];
      if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
      remove(join(folder, name));
    }
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not there, in use, or not ours to remove.
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}
