/** Commands run by crun or runc (OCI runtime specification), in a bundle that only the cell has. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { commandOf, quoted } from "../cell/shell-words.ts";
import { type Machine, type PreparedCommand, type Runtime, startedFile } from "./command.ts";
import { ociConfig } from "./oci-config.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** Whether the runtime makes cgroups: where it may not, there are no limits. */
export type CgroupUse = "own" | "none";

export function ociRuntime(kind: "crun" | "runc", program: string, cgroups: CgroupUse): Runtime {
  return {
    name: cgroups === "own" ? kind : `${kind} without cgroups`,
    kind,
    program,
    filters: seccompProfile(process.arch) !== undefined,
    limits: cgroups === "own",
    prepare: (command, machine) => prepare(command, machine, { kind, program, cgroups }),
  };
}

interface RuntimeProgram {
  readonly kind: "crun" | "runc";
  readonly program: string;
  readonly cgroups: CgroupUse;
}

/** The cell has processes of its own, so the runtime needs a /proc that tells of them. */
function prepare(command: PreparedCommand, machine: Machine, runtime: RuntimeProgram): string {
  const { cell, places } = command;
  const bundle = `${places.files}/bundle`;
  mkdirSync(cell.path(bundle), { mode: 0o700 });
  const config = ociConfig(command, machine, runtime.cgroups);
  writeFileSync(cell.path(`${bundle}/config.json`), JSON.stringify(config), { mode: 0o600 });
  const before = command.mounts.flatMap(({ before: line }) =>
    line === undefined ? [] : [commandOf([machine.programs.mount, "-n", "--bind", line.source, line.target])],
  );
  const words = [
    runtime.program,
    ...globalFlags(runtime, machine, `${places.files}/state`),
    "run",
    "--bundle",
    bundle,
    command.name,
  ];
  return [
    ...before,
    ...(runtime.cgroups === "none" && existsSync(hybrid) ? [hideHybrid(machine)] : []),
    commandOf([machine.programs.mount, "-n", "-t", "proc", "proc", "/proc"]),
    `: >${quoted(startedFile(places))}`,
    `${commandOf(words)} </dev/null >&3 2>&4 3>&- 4>&-`,
  ].join(" && ");
}

/** Where machines that have both versions of cgroups have the second one. */
const hybrid = "/sys/fs/cgroup/unified";

/** crun does not start at all where it sees both versions, even when it is to use none. */
function hideHybrid({ programs }: Machine): string {
  return commandOf([programs.mount, "-n", "--bind", hybrid, "/sys/fs/cgroup"]);
}

function globalFlags({ kind, cgroups }: RuntimeProgram, { privilege }: Machine, state: string): readonly string[] {
  const root = ["--root", state];
  if (cgroups === "own") return root;
  if (kind === "crun") return [...root, "--cgroup-manager=disabled"];
  return privilege.kind === "mapped" ? [...root, "--rootless=true"] : root;
}
