/** One command: its file system, its surroundings, its end, and the layer of what it changed. */
import { chmodSync, chownSync, lutimesSync, mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { TsbakeError } from "../../base/errors.ts";
import type { Layer, LayerStore } from "../layer/layer.ts";
import { removeFolder } from "../store/remove-folder.ts";
import type { EngineStore } from "../store/store.ts";
import { storeError } from "../store/store-error.ts";
import { resolveAccount } from "./account.ts";
import { Cell } from "./cell/cell.ts";
import type { OutputPipes } from "./cell/output-pipes.ts";
import { lstatOrNothing, readTextIn, resolveIn, statIn } from "./cell/rooted.ts";
import { commandOf, type MountLine, tableOf } from "./cell/shell-words.ts";
import { readCapabilities } from "./changes/file-capabilities.ts";
import { findChanges } from "./changes/find-changes.ts";
import { missingCommand } from "./missing-command.ts";
import { CommandMounts, type PlacedMount } from "./mount/command-mounts.ts";
import { fillDevices } from "./mount/devices.ts";
import type { PackedTrees } from "./mount/mount-sources.ts";
import { overlayLine } from "./mount/overlay.ts";
import { type Places, placesBelow } from "./mount/places.ts";
import { makeFileIn, makeFolderIn } from "./mount/stubs.ts";
import { findProgram } from "./programs.ts";
import { CommandFailed, type RunContext, type RunRequest } from "./request.ts";
import { type Machine, type PreparedCommand, type Runtime, startedFile } from "./runtime/command.ts";
import { containerName, removeCgroup } from "./runtime/dead-cgroups.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";
import { hostsText, resolverText, variablesOf } from "./surroundings.ts";

export interface Workshop {
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly layers: LayerStore;
  readonly store: EngineStore;
  readonly snapshots: Snapshots;
  readonly packed: PackedTrees;
  readonly pipes: OutputPipes;
  /** How long a command that listens to SIGTERM is given when it is called off. */
  readonly graceMs: number;
  /** Of what commands have to do without here; the same message may come again. */
  readonly warn: (message: string) => void;
}

/** See `Sandbox.run`. */
export async function runCommand(request: RunRequest, context: RunContext, workshop: Workshop): Promise<Layer> {
  const folder = await workshop.store.temporaryFolder();
  const run = new CommandRun(request, { ...workshop, context, folder, places: await openPlaces(workshop.store) });
  try {
    return await run.toTheEnd();
  } finally {
    await run.close();
    await removeFolder(folder);
  }
}

/** Runs a command on no layers with folders of the machine in its root, and forgets what it did. Rejects as `runCommand`. */
export async function tryCommand(
  request: RunRequest,
  mounts: readonly PlacedMount[],
  context: RunContext,
  workshop: Workshop,
): Promise<void> {
  const folder = await workshop.store.temporaryFolder();
  const run = new CommandRun(request, { ...workshop, context, folder, places: await openPlaces(workshop.store) });
  try {
    await run.toItsEnd(mounts);
  } finally {
    await run.close();
    await removeFolder(folder);
  }
}

async function openPlaces(store: EngineStore): Promise<Places> {
  return placesBelow(await store.room("mounts"));
}

interface RunOptions extends Workshop {
  readonly context: RunContext;
  /** For this command alone. */
  readonly folder: string;
  readonly places: Places;
}

class CommandRun {
  readonly #request: RunRequest;
  readonly #options: RunOptions;
  readonly #upper: string;
  readonly #name = containerName();
  #cell: Cell | undefined;
  #mounts: CommandMounts | undefined;
  /** Everything that was printed has been handed on: the cell, which holds the pipes, is closed. */
  #printed: Promise<unknown> = Promise.resolve();

  constructor(request: RunRequest, options: RunOptions) {
    this.#request = request;
    this.#options = options;
    this.#upper = join(options.folder, "fs");
  }

  /** Resolves to the layer of what the command changed. */
  async toTheEnd(): Promise<Layer> {
    const { context, layers, snapshots, places, machine } = this.#options;
    const { cell, base } = await this.toItsEnd([]);
    const { signal, encoding } = context;
    const changes = await findChanges(
      {
        upper: this.#upper,
        base: cell.path(base),
        merged: cell.path(places.root),
        capabilities: (folder, paths) => readCapabilities(folder, paths, { ...machine, signal }),
      },
      signal,
    );
    await this.close();
    const { layer } = await layers.pack(changes, { signal, ...(encoding === undefined ? {} : { encoding }) });
    await snapshots.keep(this.#upper, this.#request.layers, layer);
    return layer;
  }

  /** Runs the command; its file system is still there then. */
  async toItsEnd(further: readonly PlacedMount[]): Promise<PreparedCommand> {
    const { context, snapshots } = this.#options;
    const { signal } = context;
    signal.throwIfAborted();
    this.#warn();
    // It starts while layers are being unpacked.
    const cell = await this.#openCell();
    const lowers = await snapshots.of(this.#request.layers, signal);
    this.#mounts = await CommandMounts.open(this.#request.mounts, {
      ...this.#options,
      ...this.#options.machine,
      signal,
    });
    const base = await this.#mountBase(cell, lowers, this.#mounts.lines);
    const command = await this.#prepare(cell, base, [...further, ...(await this.#mounts.place(cell))]);
    await this.#run(command, lowers);
    return command;
  }

  #warn(): void {
    const { warn, runtime } = this.#options;
    if (!runtime.limits && Object.keys(this.#request.limits ?? {}).length > 0) {
      warn(
        `limits of memory and processors are not kept: ${runtime.name} knows none; install crun or runc, with cgroups of your own`,
      );
    }
    if (
      runtime.kind === "namespaces" &&
      this.#request.network === "none" &&
      findProgram("ip", this.#options.machine.searchPath) === undefined
    ) {
      warn(
        "commands without network do not even reach themselves (127.0.0.1): there is no program ip; install iproute2",
      );
    }
  }

  /** Nothing of it runs any more. Idempotent. */
  async close(): Promise<void> {
    this.#mounts?.close();
    await this.#cell?.close();
    if (this.#options.runtime.limits) removeCgroup(this.#name);
    await this.#printed;
  }

  async #openCell(): Promise<Cell> {
    const { context, machine, pipes, snapshots, graceMs } = this.#options;
    const stdout = await pipes.create();
    const stderr = await pipes.create();
    this.#printed = Promise.all(
      [stdout, stderr].map(({ readEnd }, index) => {
        readEnd.on("data", (data: Uint8Array) => context.onOutput(index === 0 ? "stdout" : "stderr", data));
        readEnd.on("error", () => {});
        return new Promise((resolve) => readEnd.once("close", resolve));
      }),
    );
    const { programs, searchPath } = machine;
    this.#cell = new Cell({
      programs,
      searchPath,
      folder: snapshots.room,
      stdout,
      stderr,
      graceMs,
      signal: context.signal,
    });
    return this.#cell;
  }

  /** Resolves to where the file system of the layers is, in the cell. */
  async #mountBase(cell: Cell, lowers: readonly string[], further: readonly MountLine[]): Promise<string> {
    const { places, snapshots, machine, folder } = this.#options;
    const [only] = lowers;
    const options = [...machine.privilege.overlayOptions, "X-mount.mkdir"];
    const lines = [
      { source: "tsbake", target: places.top, type: "tmpfs", options: ["mode=0700", "nosuid"] },
      {
        source: "tmpfs",
        target: places.dev,
        type: "tmpfs",
        options: ["nosuid", "mode=755", "size=65536k", "X-mount.mkdir"],
      },
      ...(lowers.length > 1 ? [overlayLine({ lowers, target: places.base, options })] : []),
      ...further,
    ];
    const table = join(folder, "table");
    writeFileSync(table, tableOf(lines));
    const status = await cell.run(commandOf([machine.programs.mount, "-n", "-a", "-T", table]));
    if (status !== 0) throw this.#notMounted(cell);
    for (const name of [places.root, places.stubs, places.files, ...(lowers.length === 0 ? [places.base] : [])]) {
      mkdirSync(cell.path(name));
    }
    return lowers.length === 1 ? `${snapshots.room}/${only}` : places.base;
  }

  async #prepare(cell: Cell, base: string, placed: readonly PlacedMount[]): Promise<PreparedCommand> {
    const { places } = this.#options;
    const root = cell.path(base);
    const account = resolveAccount(this.#request.user, {
      passwd: readTextIn(root, "etc/passwd"),
      group: readTextIn(root, "etc/group"),
    });
    fillDevices(cell.path(places.dev));
    writeFileSync(cell.path(`${places.files}/hosts`), hostsText(this.#request), { mode: 0o644 });
    writeFileSync(cell.path(`${places.files}/resolv.conf`), resolverText(), { mode: 0o644 });
    const mounts = [networkFile(places, "resolv.conf"), networkFile(places, "hosts"), ...placed].map((mount) =>
      mountedIn(root, mount),
    );
    for (const mount of mounts) this.#makeStub(mount, cell, root);
    this.#makeUpper(cell, root, mounts);
    const variables = variablesOf(this.#request, account);
    cell.handOver(account.uid, account.gid);
    return { name: this.#name, request: this.#request, account, variables, mounts, places, cell, base };
  }

  /** Something to mount on, where the layers have nothing; in the lowest layer, so that the command's layer knows nothing of it. */
  #makeStub({ target, kind }: PlacedMount, cell: Cell, root: string): void {
    const { places } = this.#options;
    const inDevices = target.startsWith("/dev/");
    if (!inDevices && lstatOrNothing(`${root}${target}`) !== undefined) return;
    const [folder, path] = inDevices ? [places.dev, target.slice(4)] : [places.stubs, target];
    if (kind === "folder") makeFolderIn(cell.path(folder), path);
    else makeFileIn(cell.path(folder), path.slice(1));
  }

  /** The top of what the command writes looks like the top of the layers, and has what every root has. */
  #makeUpper(cell: Cell, base: string, mounts: readonly PlacedMount[]): void {
    mkdirSync(this.#upper);
    mkdirSync(join(this.#options.folder, "work"));
    for (const name of ["dev", "proc", "sys"]) {
      if (lstatOrNothing(`${base}/${name}`) !== undefined) continue;
      // What is only there for mounts goes with them, as BuildKit has it; it mounts memory of another size, too.
      const forMounts = mounts.some(({ target }) => target.startsWith(`/${name}/`));
      const isStub = forMounts || (name === "dev" && this.#request.shmSize !== undefined);
      const folder = isStub ? cell.path(this.#options.places.stubs) : this.#upper;
      makeFolderIn(folder, name);
      chmodSync(join(folder, name), 0o755);
    }
    const top = lstatOrNothing(base);
    if (top === undefined) return;
    chownSync(this.#upper, top.uid, top.gid);
    chmodSync(this.#upper, top.mode & 0o7777);
    lutimesSync(this.#upper, top.atime, top.mtime);
  }

  async #run(command: PreparedCommand, lowers: readonly string[]): Promise<void> {
    const { snapshots, places, machine, folder, runtime } = this.#options;
    const { cell, request } = command;
    const near = (path: string): string => relative(snapshots.room, path);
    const root = overlayLine({
      lowers: [near(places.stubs), ...lowers],
      upper: { folder: near(this.#upper), work: near(join(folder, "work")) },
      target: places.root,
      options: machine.privilege.overlayOptions,
    });
    const missing = missingCommand(command);
    if (missing !== undefined) {
      this.#options.context.onOutput("stderr", new TextEncoder().encode(`${missing.message}\n`));
      throw commandFailed(request, missing.exitCode, missing.hint);
    }
    const mount = commandOf([
      machine.programs.mount,
      "-n",
      "-t",
      root.type,
      "-o",
      root.options.join(","),
      root.source,
      root.target,
    ]);
    if (statIn(cell.path(command.base), request.workingFolder) === undefined) {
      if ((await cell.run(mount)) !== 0) throw this.#notMounted(cell);
      makeFolderIn(cell.path(places.root), resolveIn(cell.path(places.root), request.workingFolder));
      this.#finish(command, await cell.run(runtime.prepare(command, machine)));
    } else {
      this.#finish(command, await cell.run(`${mount} && ${runtime.prepare(command, machine)}`));
    }
  }

  #finish({ cell, request }: PreparedCommand, status: number): void {
    if (lstatOrNothing(cell.path(startedFile(this.#options.places))) === undefined) throw this.#notMounted(cell);
    if (status === 0) return;
    this.#tellFullDisk();
    throw commandFailed(request, this.#options.runtime.exitCode?.(status, cell.diagnostics) ?? status);
  }

  /** Commands write to the disk of the cache; all they know to say is that a file in the image could not be written. */
  #tellFullDisk(): void {
    const { context, store } = this.#options;
    const { bavail, bsize } = statfsSync(store.folder);
    if (bavail * bsize >= fullBytes) return;
    const { message, hint } = storeError(Object.assign(new Error(), { code: "ENOSPC" }), store.folder);
    context.onOutput("stderr", new TextEncoder().encode(`${message}; ${hint}\n`));
  }

  #notMounted(cell: Cell): TsbakeError {
    return new TsbakeError("engine/sandbox-failed", `the sandbox of the command cannot be made: ${cell.diagnostics}`, {
      hint: "try another way of running commands: TSBAKE_SANDBOX=crun, runc or namespaces; or build with --builder on a BuildKit",
    });
  }
}

/** So little is as good as nothing. */
const fullBytes = 1 << 20;

/** Where the links on the way lead. Memory that is put on a folder takes over its mode. */
function mountedIn(root: string, mount: PlacedMount): PlacedMount {
  const target = `/${resolveIn(root, mount.target)}`;
  const covered = mount.type === "tmpfs" ? lstatOrNothing(`${root}${target}`) : undefined;
  if (covered === undefined) return { ...mount, target };
  return { ...mount, target, options: [...mount.options, `mode=${(covered.mode & 0o7777).toString(8)}`] };
}

function networkFile(places: Places, name: string): PlacedMount {
  return {
    kind: "file",
    target: `/etc/${name}`,
    source: `${places.files}/${name}`,
    type: "none",
    options: ["bind", "ro"],
  };
}

function commandFailed({ arguments: words }: RunRequest, exitCode: number, hint?: string): CommandFailed {
  const text = `process ${JSON.stringify(words.join(" "))} did not complete successfully: exit code: ${exitCode}`;
  return new CommandFailed(text, exitCode, hint);
}
