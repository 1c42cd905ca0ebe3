/** The sandbox of this machine: commands on top of layers, with no daemon. */
import { TsbakeError } from "../../base/errors.ts";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import type { Platform } from "../../oci/platform.ts";
import type { LayerStore } from "../layer/layer.ts";
import type { EngineStore } from "../store/store.ts";
import { OutputPipes } from "./cell/output-pipes.ts";
import { PackedTrees } from "./mount/mount-sources.ts";
import { type Obstacle, obstacleOf } from "./obstacle.ts";
import { commandPlatforms } from "./platforms.ts";
import { findPrivilege } from "./privilege.ts";
import { findPrograms } from "./programs.ts";
import type { Sandbox } from "./request.ts";
import { runCommand, type Workshop } from "./run-command.ts";
import { type Choice, chooseRuntime } from "./runtime/choose-runtime.ts";
import { removeDeadCgroups } from "./runtime/dead-cgroups.ts";
import { mergeFolders } from "./snapshot/merge-folders.ts";
import { Snapshots } from "./snapshot/snapshots.ts";

export interface SandboxOptions {
  readonly environment: HostEnvironment;
  /** How long a command that listens to SIGTERM is given when it is called off. */
  readonly graceMs?: number;
  /** Told once of each thing that commands have to do without here. */
  readonly onWarning?: (message: string) => void;
}

/** Never fails for what the machine lacks: `obstacle` tells, and `run` rejects with it. */
export async function openSandbox(layers: LayerStore, store: EngineStore, options: SandboxOptions): Promise<Sandbox> {
  const ended = new AbortController();
  const readiness = memoised(() => prepare(layers, store, { ...options, signal: ended.signal }));
  const running = new Set<Promise<unknown>>();
  return {
    run: async (request, context) => {
      const ready = await readiness();
      const obstacle = obstacleOf(ready, request.platform);
      if (ready.workshop === undefined || obstacle !== undefined) throw obstacleError(obstacle);
      const run = runCommand(request, context, ready.workshop);
      running.add(run);
      try {
        return await run;
      } finally {
        running.delete(run);
      }
    },
    obstacle: async (platform) => obstacleOf(await readiness(), platform),
    platforms: async () => commandPlatforms(),
    close: async () => {
      ended.abort(new Error("the sandbox was closed"));
      await Promise.allSettled(running);
    },
  };
}

/** What was found out about this machine. */
export interface Readiness {
  readonly workshop: Workshop | undefined;
  /** Why there is none. */
  readonly obstacle: Obstacle | undefined;
  readonly platforms: readonly Platform[];
}

interface PrepareOptions extends SandboxOptions {
  readonly signal: AbortSignal;
}

async function prepare(
  layers: LayerStore,
  store: EngineStore,
  { environment, graceMs = 10_000, onWarning, signal }: PrepareOptions,
): Promise<Readiness> {
  const warn = once(onWarning);
  const platforms = commandPlatforms();
  const without = (message: string, hint: string): Readiness => ({
    workshop: undefined,
    obstacle: { message, hint: `${hint}; or build on a BuildKit: --builder` },
    platforms,
  });
  if (process.platform !== "linux") {
    return without("commands (RUN) need Linux: this machine has no namespaces", "build on Linux");
  }
  const searchPath = variable(environment, "PATH") ?? "";
  const programs = findPrograms(searchPath);
  if ("missing" in programs) {
    return without("programs that commands (RUN) are run with are missing", `install ${programs.missing.join(", ")}`);
  }
  const privilege = findPrivilege();
  if (privilege.kind === "none") {
    return without(
      "commands (RUN) need to be root, of the machine or of a user namespace",
      "start this process in one: unshare --user --map-root-user --map-auto (the tsbake command does it by itself)",
    );
  }
  if (privilege.owners === "one") {
    warn(
      "commands run with one user only: RUN steps that use others (chown, apt-get) fail; give yourself ranges in /etc/subuid",
    );
  }
  const machine = { programs, privilege, searchPath };
  const pipes = new OutputPipes(programs.mkfifo, () => store.temporaryFolder());
  const snapshots: Snapshots = await Snapshots.open({
    layers,
    store,
    programs,
    privilege,
    merge: (lowers, folder, stop) =>
      mergeFolders(lowers, folder, { machine, store, pipes, room: snapshots.room, signal: stop }),
  });
  const workshop = { machine, layers, store, snapshots, packed: new PackedTrees(layers), pipes, graceMs, warn };
  const choice = await chooseRuntime(workshop, { wanted: variable(environment, "TSBAKE_SANDBOX"), signal });
  if (choice.runtime === undefined) return { workshop: undefined, obstacle: nothingWorks(choice), platforms };
  if (choice.runtime.limits) removeDeadCgroups();
  return { workshop: { ...workshop, runtime: choice.runtime }, obstacle: undefined, platforms };
}

function nothingWorks({ reasons }: Choice): Obstacle {
  return {
    message: `no way of running commands (RUN) works here: ${reasons.join("; ")}`,
    hint: /overlay|upperdir/.test(reasons.join(" "))
      ? "put the build cache on a volume or another file system (TSBAKE_CACHE_DIR), or build on a BuildKit: --builder"
      : "allow namespaces (in a container: --privileged; on Ubuntu: kernel.apparmor_restrict_unprivileged_userns=0), install crun, or build on a BuildKit: --builder",
  };
}

function obstacleError(obstacle: Obstacle | undefined): TsbakeError {
  const { message, hint } = obstacle ?? { message: "commands cannot be run", hint: "build on a BuildKit: --builder" };
  return new TsbakeError("engine/no-sandbox", message, { hint });
}

/** Hands each message on once. */
function once(onWarning: ((message: string) => void) | undefined): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message)) return;
    told.add(message);
    onWarning?.(message);
  };
}

/** Calls it once; again after a failure. */
function memoised<Value>(create: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= create().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
