/** The `/dev` of a command, as runc makes it. */
import { symlinkSync } from "node:fs";
import type { MountLine } from "../cell/shell-words.ts";
import { makeFileIn, makeFolderIn } from "./stubs.ts";

const nodes = ["null", "zero", "full", "random", "urandom", "tty"];

const links: readonly (readonly [name: string, target: string])[] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
];

/** BuildKit has a socket of this name there, for traces. Commands that look around see the same names; here nobody listens, it is empty. */
export const traceSocket = "otel-grpc.sock";

/** Fills an empty folder, so that what is mounted has something to be mounted on. */
export function fillDevices(folder: string): void {
  for (const name of ["pts", "shm", "mqueue"]) makeFolderIn(folder, name);
  for (const name of [...nodes, traceSocket]) makeFileIn(folder, name);
  for (const [name, target] of links) symlinkSync(target, `${folder}/${name}`);
}

/** The mounts below `/dev`, which is at `target`. */
export function deviceLines(
  target: string,
  options: { readonly shmSize: number; readonly terminalGroup: boolean },
): readonly MountLine[] {
  const group = options.terminalGroup ? ["gid=5"] : [];
  return [
    {
      source: "devpts",
      target: `${target}/pts`,
      type: "devpts",
      options: [...quiet, "newinstance", "ptmxmode=0666", "mode=0620", ...group],
    },
    {
      source: "shm",
      target: `${target}/shm`,
      type: "tmpfs",
      options: [...quiet, "nodev", "mode=1777", `size=${options.shmSize}`],
    },
    { source: "mqueue", target: `${target}/mqueue`, type: "mqueue", options: [...quiet, "nodev"] },
    ...nodes.map(
      (name): MountLine => ({ source: `/dev/${name}`, target: `${target}/${name}`, type: "none", options: ["bind"] }),
    ),
  ];
}

const quiet = ["nosuid", "noexec"];
