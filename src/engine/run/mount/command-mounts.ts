/** The mounts of one command: what is needed before its root is there, then where each goes. */
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { TsbakeError } from "../../../base/errors.ts";
import type { EngineStore } from "../../store/store.ts";
import type { Cell } from "../cell/cell.ts";
import { lstatOrNothing, resolveIn } from "../cell/rooted.ts";
import { commandOf, type MountLine } from "../cell/shell-words.ts";
import type { Privilege } from "../privilege.ts";
import type { Programs } from "../programs.ts";
import type { RunMount } from "../request.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";
import { type AgentSocket, openAgentSocket } from "./agent-socket.ts";
import { type CacheMount, fillCache, takeCaches } from "./cache-mounts.ts";
import { missingSource, openSource, type PackedTrees, type SourceFolder } from "./mount-sources.ts";
import { overlayLine } from "./overlay.ts";
import type { Places } from "./places.ts";

/** A mount whose source is there. */
export interface PlacedMount {
  readonly kind: "folder" | "file";
  /** Absolute, in the command's root; links not followed yet. */
  readonly target: string;
  readonly source: string;
  readonly type: string;
  readonly options: readonly string[];
  /** To be mounted before it, somewhere else. */
  readonly before?: MountLine;
}

export interface CommandMountsOptions {
  readonly store: EngineStore;
  readonly snapshots: Snapshots;
  readonly packed: PackedTrees;
  readonly programs: Programs;
  readonly privilege: Privilege;
  readonly places: Places;
  /** For this command alone, on the file system of the store. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What mounts show may not be taken for devices, and nothing of it lends privileges. */
const closed = ["nosuid", "nodev"];

export class CommandMounts {
  readonly #mounts: readonly RunMount[];
  readonly #options: CommandMountsOptions;
  readonly #sources = new Map<RunMount, SourceFolder>();
  readonly #sockets: AgentSocket[] = [];

  private constructor(mounts: readonly RunMount[], options: CommandMountsOptions) {
    this.#mounts = mounts;
    this.#options = options;
  }

  /** Unpacks what is shown. Rejects when it cannot be had. */
  static async open(mounts: readonly RunMount[], options: CommandMountsOptions): Promise<CommandMounts> {
    const opened = new CommandMounts(mounts, options);
    for (const [index, mount] of mounts.entries()) {
      const from = mount.type === "bind" || mount.type === "cache" ? mount.from : undefined;
      if (from === undefined) continue;
      const target = `${options.places.top}/source-${index}`;
      const source = await openSource(from, { ...options, target, overlayOptions: options.privilege.overlayOptions });
      opened.#sources.set(mount, source);
    }
    return opened;
  }

  /** What has to be mounted in the cell before `place`. */
  get lines(): readonly MountLine[] {
    return [...this.#sources.values()].flatMap(({ line }) => line ?? []);
  }

  /** Waits for caches that somebody else has. */
  async place(cell: Cell): Promise<readonly PlacedMount[]> {
    const caches = await this.#takeCaches(cell);
    const placed: PlacedMount[] = [];
    for (const [index, mount] of this.#mounts.entries()) {
      const one = await this.#placeOne(mount, { cell, caches, name: `mount-${index}` });
      if (one !== undefined) placed.push(one);
    }
    return placed;
  }

  /** Ends what listens here. Idempotent. */
  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  async #takeCaches(cell: Cell): Promise<ReadonlyMap<CacheMount, string>> {
    const { store, programs, places, privilege } = this.#options;
    const caches = this.#mounts.filter((mount): mount is CacheMount => mount.type === "cache");
    if (caches.length === 0) return new Map();
    const room = privilege.realm === "" ? "cache-mounts" : `cache-mounts-${privilege.realm}`;
    return takeCaches(caches, { store, programs, room, cell, files: places.files });
  }

  async #placeOne(
    mount: RunMount,
    {
      cell,
      caches,
      name,
    }: { readonly cell: Cell; readonly caches: ReadonlyMap<CacheMount, string>; readonly name: string },
  ): Promise<PlacedMount | undefined> {
    switch (mount.type) {
      case "tmpfs": {
        const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
        return { kind: "folder", target: mount.target, source: "tmpfs", type: "tmpfs", options: ["nosuid", ...size] };
      }
      case "secret":
        return mount.target === undefined ? undefined : this.#secret(mount.target, mount, cell, name);
      case "ssh": {
        const socket = await openAgentSocket(this.#options.folder, `${name}.sock`, mount);
        this.#sockets.push(socket);
        return bind("file", mount.target, socket.file, [...closed, "noexec"]);
      }
      case "bind":
        return this.#bind(mount, cell, name);
      case "cache": {
        const folder = caches.get(mount);
        if (folder === undefined) throw new Error(`the cache ${mount.id} was not taken`);
        const filled = await fillCache(mount, folder, this.#options.store, (fresh) => this.#begin(mount, fresh, cell));
        return bind("folder", mount.target, filled, mount.readOnly ? ["ro"] : []);
      }
      default:
        return mount satisfies never;
    }
  }

  /** Never on a disk: the file is in the memory of the cell. */
  #secret(
    target: string,
    mount: Extract<RunMount, { readonly type: "secret" }>,
    cell: Cell,
    name: string,
  ): PlacedMount {
    const file = `${this.#options.places.files}/${name}`;
    const path = cell.path(file);
    writeFileSync(path, mount.value, { mode: 0o600 });
    chownSync(path, mount.uid, mount.gid);
    chmodSync(path, mount.mode);
    return bind("file", target, file, ["ro", ...closed, "noexec"]);
  }

  #bind(mount: Extract<RunMount, { readonly type: "bind" }>, cell: Cell, name: string): PlacedMount {
    const { source, kind } = this.#look(mount, cell);
    if (!mount.readWrite) return bind(kind, mount.target, source, ["ro"]);
    const { folder, places, privilege, snapshots } = this.#options;
    const scratch = join(folder, name);
    mkdirSync(scratch);
    if (kind === "file") {
      copyFileSync(cell.path(source), join(scratch, "file"));
      const { mode, uid, gid } = lstatOrNothing(cell.path(source)) ?? { mode: 0o644, uid: 0, gid: 0 };
      chownSync(join(scratch, "file"), uid, gid);
      chmodSync(join(scratch, "file"), mode & 0o7777);
      return bind(kind, mount.target, join(scratch, "file"), []);
    }
    const upper = { folder: join(scratch, "fs"), work: join(scratch, "work") };
    for (const each of [upper.folder, upper.work]) mkdirSync(each);
    // Options hold no name that somebody else chose: it could have commas in it.
    const lower = `${places.top}/${name}`;
    mkdirSync(cell.path(lower));
    const line = overlayLine({
      lowers: [relative(snapshots.room, lower)],
      upper: { folder: relative(snapshots.room, upper.folder), work: relative(snapshots.room, upper.work) },
      target: mount.target,
      options: privilege.overlayOptions,
    });
    return { ...line, kind, before: { source, target: lower, type: "none", options: ["bind"] } };
  }

  /** What a source leads to, links followed in its own root. */
  #look(mount: RunMount, cell: Cell): { readonly kind: "folder" | "file"; readonly source: string } {
    const found = this.#sources.get(mount);
    if (found === undefined) throw new Error("a mount without a source");
    const path = resolveIn(cell.path(found.folder), found.path);
    const source = path === "" ? found.folder : `${found.folder}/${path}`;
    const stats = lstatOrNothing(cell.path(source));
    if (stats === undefined) throw missingSource(found.path);
    return { kind: stats.isDirectory() ? "folder" : "file", source };
  }

  /** What a new cache begins with. */
  async #begin(mount: CacheMount, fresh: string, cell: Cell): Promise<void> {
    if (mount.from === undefined) return;
    const { kind, source } = this.#look(mount, cell);
    if (kind === "file") throw missingSource(`${mount.from.path}/`);
    const { programs } = this.#options;
    const status = await cell.run(commandOf([programs.cp, "-a", "--", `${source}/.`, fresh]));
    if (status === 0) return;
    throw new TsbakeError(
      "engine/cache-fill",
      `the cache ${JSON.stringify(mount.id)} cannot be filled: ${cell.diagnostics}`,
      {
        hint: "is there enough space for the build cache? TSBAKE_CACHE_DIR says where it is",
      },
    );
  }
}

function bind(kind: PlacedMount["kind"], target: string, source: string, options: readonly string[]): PlacedMount {
  return { kind, target, source, type: "none", options: ["bind", ...options] };
}
