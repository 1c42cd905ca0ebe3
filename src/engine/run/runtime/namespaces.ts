/** Commands in namespaces made with util-linux alone: no runtime to be installed. */
import { existsSync, writeFileSync } from "node:fs";
import { TsbakeError } from "../../../base/errors.ts";
import { passEnvironment, withLoaderVariables } from "../cell/exports.ts";
import { statIn } from "../cell/rooted.ts";
import { commandOf, type MountLine, quoted, tableOf } from "../cell/shell-words.ts";
import { deviceLines } from "../mount/devices.ts";
import type { Places } from "../mount/places.ts";
import { systemLines } from "../mount/system-files.ts";
import { findProgram } from "../programs.ts";
import { defaultHostname } from "../surroundings.ts";
import { grantedCapabilities } from "./capabilities.ts";
import { defaultShmSize, type Machine, type PreparedCommand, type Runtime, startedFile } from "./command.ts";
import type { FilterLoader } from "./filter-loader.ts";

/** `loader`: what puts the filter of system calls in place; without one there is no filter. */
export function namespaces(loader?: FilterLoader): Runtime {
  return {
    name: loader === undefined ? "namespaces without seccomp" : "namespaces",
    kind: "namespaces",
    ...(loader === undefined ? {} : { program: loader.program }),
    filters: loader !== undefined,
    limits: false,
    prepare: (command, machine) => prepare(command, machine, loader),
    exitCode,
  };
}

/** unshare(1) before 2.40 stumbles when its child is killed, by the kernel when memory is short: it cannot reset what SIGKILL does. */
function exitCode(status: number, diagnostics: string): number {
  return status === 1 && /^unshare: sigprocmask unblock failed/m.test(diagnostics) ? 137 : status;
}

/**
 *     unshare (mounts, processes, …) ── sh: mounts the rest, makes the root the root of all
 *       ── loader: filters system calls, as long as it still may ── sh ── setpriv ── env ── unshare: enters the root ── command
 */
function prepare(command: PreparedCommand, machine: Machine, loader: FilterLoader | undefined): string {
  const { cell, places, request } = command;
  const file = (name: string): string => `${places.files}/${name}`;
  const passed = passEnvironment(command.variables);
  writeFileSync(cell.path(file("table")), tableOf(linesOf(command, machine)));
  writeFileSync(cell.path(file("environment")), passed.script, { mode: 0o600 });
  const script = [
    "umask 0022",
    `${commandOf([machine.programs.mount, "-n", "-a", "-T", file("table")])} || exit 125`,
    `echo ${quoted(request.hostname ?? defaultHostname)} >/proc/sys/kernel/hostname`,
    ...(request.network === "none" ? [loopback(machine)] : []),
    `cd ${quoted(places.root)} || exit 125`,
    moveRoot(machine, places),
  ];
  const last = [
    `: >${quoted(startedFile(places))}`,
    `. ${quoted(file("environment"))}`,
    `exec ${commandOf(commandWords(command, machine, passed))} </dev/null >&3 2>&4 3>&- 4>&-`,
  ];
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(cell.path(file(name)), `${lines.join("\n")}\n`);
  if (loader === undefined || request.security === "insecure") {
    write("run", [...script, ...last]);
  } else {
    writeFileSync(cell.path(file("filter")), loader.filter());
    write("run", [
      ...script,
      `exec ${commandOf([...loader.words(file("filter")), machine.programs.sh, file("last")])}`,
    ]);
    write("last", last);
  }
  return commandOf([machine.programs.unshare, ...namespacesOf(command), "--", machine.programs.sh, file("run")]);
}

function namespacesOf({ request }: PreparedCommand): readonly string[] {
  const cgroups = existsSync("/sys/fs/cgroup/cgroup.controllers") ? ["--cgroup"] : [];
  const network = request.network === "none" ? ["--net"] : [];
  return ["--mount", "--propagation", "unchanged", "--pid", "--fork", "--ipc", "--uts", ...cgroups, ...network];
}

function linesOf({ places, request, mounts }: PreparedCommand, { privilege }: Machine): readonly MountLine[] {
  const { root } = places;
  const shmSize = request.shmSize ?? defaultShmSize;
  return [
    { source: places.dev, target: `${root}/dev`, type: "none", options: ["bind"] },
    ...deviceLines(`${root}/dev`, { shmSize, terminalGroup: privilege.owners === "all" }),
    ...systemLines({
      root,
      ownSysfs: privilege.kind === "root" || request.network === "none",
      insecure: request.security === "insecure",
    }),
    ...mounts.flatMap(({ before, kind, target, ...line }) => [
      ...(before === undefined ? [] : [before]),
      {
        ...line,
        target: `${root}${target}`,
        options: kind === "folder" ? [...line.options, "X-mount.mkdir"] : line.options,
      },
    ]),
  ];
}

/**
 * Moves the root over that of the namespace: a mere chroot has ways out. In a user namespace mount(8) complains although it has done it, so
 * what counts is that the root is gone from where it was.
 */
function moveRoot({ programs }: Machine, { root }: Places): string {
  return `${commandOf([programs.mount, "-n", "--move", ".", "/"])} 2>&1; test ! -e ${quoted(`${root}/dev`)} || exit 125`;
}

function loopback({ searchPath }: Machine): string {
  const ip = findProgram("ip", searchPath);
  return ip === undefined ? ":" : `${commandOf([ip, "link", "set", "lo", "up"])}`;
}

function commandWords(
  { account, request, base, cell }: PreparedCommand,
  { programs, privilege }: Machine,
  { words, loader }: ReturnType<typeof passEnvironment>,
): readonly string[] {
  if (loader.size > 0 && statIn(cell.path(base), "bin/sh") === undefined) throw noShell([...loader.keys()]);
  const limits = request.ulimits.map(({ name, soft, hard }) => `--${name}=${limit(soft)}:${limit(hard)}`);
  const capabilities = ["-all", ...grantedCapabilities("sandbox").map((name) => `+${name}`)].join(",");
  const groups = privilege.groups ? [`--groups=${account.groups.join(",")}`] : ["--keep-groups"];
  return [
    ...(limits.length === 0 ? [] : [programs.prlimit, ...limits]),
    programs.setpriv,
    ...(request.security === "insecure" ? [] : [`--bounding-set=${capabilities}`]),
    "--inh-caps=-all",
    `--regid=${account.gid}`,
    ...groups,
    "--",
    programs.env,
    ...words,
    programs.unshare,
    "--root=.",
    `--wd=${request.workingFolder}`,
    `--setuid=${account.uid}`,
    "--",
    ...withLoaderVariables(request.arguments, loader),
  ];
}

/** As prlimit(1) has it; Docker counts -1 for no limit. */
function limit(value: number): string {
  return value < 0 ? "unlimited" : String(value);
}

function noShell(names: readonly string[]): TsbakeError {
  return new TsbakeError("engine/loader-variables", `${names.join(", ")} cannot be set in an image without /bin/sh`, {
    hint: "install crun or runc, which can do it, or set it in the command itself",
  });
}
