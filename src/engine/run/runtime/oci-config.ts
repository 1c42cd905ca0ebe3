/** The configuration of a container for one command (OCI runtime specification, `config.md` and `config-linux.md`). */
import { existsSync } from "node:fs";
import { traceSocket } from "../mount/devices.ts";
import { maskedPaths, readOnlyPaths } from "../mount/system-files.ts";
import type { ResourceLimits } from "../request.ts";
import { defaultHostname } from "../surroundings.ts";
import { grantedCapabilities } from "./capabilities.ts";
import { defaultShmSize, type Machine, type PreparedCommand } from "./command.ts";
import type { CgroupUse } from "./oci-runtime.ts";
import { seccompProfile } from "./seccomp-profile.ts";

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Ready to be written as JSON. */
export function ociConfig(command: PreparedCommand, machine: Machine, cgroups: CgroupUse): unknown {
  const { request, places } = command;
  const sandboxed = request.security === "sandbox";
  const seccomp = seccompProfile(process.arch);
  return {
    ociVersion: "1.0.2",
    process: processOf(command, machine),
    root: { path: places.root, readonly: false },
    hostname: request.hostname ?? defaultHostname,
    mounts: mountsOf(command, machine, cgroups),
    linux: {
      namespaces: namespacesOf(command, cgroups),
      ...(cgroups === "none" ? {} : { resources: resourcesOf(request.limits) }),
      ...(sandboxed
        ? { maskedPaths, readonlyPaths: readOnlyPaths, ...(seccomp === undefined ? {} : { seccomp }) }
        : { maskedPaths: [], readonlyPaths: [] }),
    },
  };
}

function processOf({ request, account, variables }: PreparedCommand, { privilege }: Machine): unknown {
  const capabilities = grantedCapabilities(request.security).map(nameOf);
  const { uid, gid, groups } = account;
  return {
    terminal: false,
    user: { uid, gid, umask: 0o022, ...(privilege.groups ? { additionalGids: groups } : {}) },
    args: request.arguments,
    env: [...variables].map(([name, value]) => `${name}=${value}`),
    cwd: request.workingFolder,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: request.ulimits.map(({ name, soft, hard }) => ({
      type: `RLIMIT_${name.toUpperCase()}`,
      soft: limit(soft),
      hard: limit(hard),
    })),
    noNewPrivileges: false,
  };
}

function mountsOf(
  { request, mounts, places }: PreparedCommand,
  { privilege }: Machine,
  cgroups: CgroupUse,
): readonly OciMount[] {
  const closed = ["nosuid", "noexec", "nodev"];
  const access = request.security === "insecure" ? "rw" : "ro";
  const ownSys = privilege.kind === "root" || request.network === "none";
  const group = privilege.owners === "all" ? ["gid=5"] : [];
  const shm = [...closed, "mode=1777", `size=${request.shmSize ?? defaultShmSize}`];
  const pts = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", ...group];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: closed },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    { destination: "/dev/pts", type: "devpts", source: "devpts", options: pts },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: shm },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed },
    {
      destination: `/dev/${traceSocket}`,
      type: "none",
      source: `${places.dev}/${traceSocket}`,
      options: ["bind", "ro"],
    },
    ownSys
      ? { destination: "/sys", type: "sysfs", source: "sysfs", options: [...closed, access] }
      : { destination: "/sys", type: "none", source: "/sys", options: ["rbind", ...closed, access] },
    ...(cgroups === "own" && ownSys
      ? [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...closed, access] }]
      : []),
    ...mounts.map(({ target, type, source, options }) => ({ destination: target, type, source, options })),
  ];
}

function namespacesOf({ request }: PreparedCommand, cgroups: CgroupUse): readonly { readonly type: string }[] {
  const unified = existsSync("/sys/fs/cgroup/cgroup.controllers");
  return [
    ...["pid", "ipc", "uts", "mount"],
    ...(cgroups === "own" && unified ? ["cgroup"] : []),
    ...(request.network === "none" ? ["network"] : []),
  ].map((type) => ({ type }));
}

function resourcesOf(limits: ResourceLimits = {}): unknown {
  const { memoryBytes, memorySwapBytes, cpuShares, cpuPeriod, cpuQuota, cpusetCpus, cpusetMems } = limits;
  return {
    memory: { ...given("limit", memoryBytes), ...given("swap", memorySwapBytes) },
    cpu: {
      ...given("shares", cpuShares),
      ...given("period", cpuPeriod),
      ...given("quota", cpuQuota),
      ...given("cpus", cpusetCpus),
      ...given("mems", cpusetMems),
    },
  };
}

function given(name: string, value: number | string | undefined): Readonly<Record<string, number | string>> {
  return value === undefined ? {} : { [name]: value };
}

/** Docker counts -1 for no limit, which is the largest number here; JSON takes what a double can hold of it. */
function limit(value: number): number {
  return value < 0 ? 2 ** 63 : value;
}

function nameOf(capability: string): string {
  return `CAP_${capability.toUpperCase()}`;
}
