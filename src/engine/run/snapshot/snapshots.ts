/**
 * Layers as folders, for overlays to be made of: what they hold, with the kernel's whiteouts, under `snapshots/<id>/fs` of the store. They are
 * not forced to the disk, so they count for one boot of the machine only; after that they are made again from the layers.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { errnoCode } from "../../../base/errors.ts";
import { type Digest, sha256Digest } from "../../../oci/digest.ts";
import type { Layer, LayerStore } from "../../layer/layer.ts";
import { removeFolder } from "../../store/remove-folder.ts";
import type { EngineStore } from "../../store/store.ts";
import { storeError } from "../../store/store-error.ts";
import type { FolderEntry } from "../../tree/entry.ts";
import { layeredTree } from "../../tree/layered-tree.ts";
import { rootEntry } from "../../tree/tree.ts";
import { lstatOrNothing } from "../cell/rooted.ts";
import type { Privilege } from "../privilege.ts";
import type { Programs } from "../programs.ts";
import { unpackLayer } from "./unpack-layer.ts";
import { planUnpacking } from "./unpack-plan.ts";

export interface SnapshotsOptions {
  readonly layers: LayerStore;
  readonly store: EngineStore;
  readonly programs: Programs;
  readonly privilege: Privilege;
  /** Puts what folders of the room make on top of each other into a new folder. */
  readonly merge: (lowers: readonly string[], folder: string, signal: AbortSignal) => Promise<void>;
}

/** A layer without anything in it: 1,024 zeros. There is nothing to mount of it. */
export const emptyLayer: Digest = sha256Digest(new Uint8Array(1024));

/** The kernel takes 500 lower folders, but their names have to fit into one page. */
const mostLowers = 120;
/** So many at a time are made one when there are more. */
const mergedAtOnce = 100;

export class Snapshots {
  /** Absolute: where the names of snapshots start from. */
  readonly room: string;
  readonly #options: SnapshotsOptions;
  readonly #present = new Set<string>();
  readonly #making = new Map<string, Promise<void>>();

  private constructor(options: SnapshotsOptions, room: string) {
    this.#options = options;
    this.room = room;
  }

  static async open(options: SnapshotsOptions): Promise<Snapshots> {
    const { realm } = options.privilege;
    return new Snapshots(options, await options.store.room(realm === "" ? "snapshots" : `snapshots-${realm}`));
  }

  /** The folders of the layers, lowest first, relative to the room. Rejects with what unpacking rejects with. */
  async of(layers: readonly Layer[], signal: AbortSignal): Promise<readonly string[]> {
    const folders: string[] = [];
    const real = layers.filter(({ diffId }) => diffId !== emptyLayer);
    for (const [index, layer] of real.entries()) {
      this.#options.store.lease(layer.diffId);
      folders.push(await this.#folderOf(real.slice(0, index + 1), layer, signal));
      if (folders.length < mostLowers) continue;
      const chain = real.slice(0, index + 1 - (mostLowers - mergedAtOnce));
      folders.splice(0, mergedAtOnce, await this.#merged(folders.slice(0, mergedAtOnce), chain, signal));
    }
    return folders;
  }

  /**
   * The folder of what a command changed becomes the snapshot of its layer, on these layers alone: it also has what was touched and did not
   * change, which on others would be wrong. It is on the file system of the store, and is gone from where it was.
   */
  async keep(folder: string, layers: readonly Layer[], layer: Layer): Promise<void> {
    if (layer.diffId === emptyLayer) return;
    const chain = [...layers, layer].filter(({ diffId }) => diffId !== emptyLayer);
    await this.#settle(chainName(chain), folder);
  }

  async #folderOf(chain: readonly Layer[], layer: Layer, signal: AbortSignal): Promise<string> {
    const own = nameOf(`layer ${layer.diffId}`);
    for (const name of [chainName(chain), own]) if (this.#has(name)) return `${name}/fs`;
    const making = this.#making.get(own);
    if (making !== undefined) {
      await making.catch(() => {});
      signal.throwIfAborted();
      return this.#folderOf(chain, layer, signal);
    }
    const made = this.#unpack(chain, layer, signal);
    this.#making.set(
      own,
      made.then(() => {}),
    );
    this.#making.get(own)?.catch(() => {});
    try {
      return `${await made}/fs`;
    } finally {
      this.#making.delete(own);
    }
  }

  /** Resolves to the name of the new snapshot. */
  async #unpack(chain: readonly Layer[], layer: Layer, signal: AbortSignal): Promise<string> {
    const { layers } = this.#options;
    const plan = planUnpacking(await layers.entries(layer, signal));
    const parents = plan.untold.length === 0 ? [] : await this.#lookBelow(chain, plan.untold, signal);
    const name = plan.untold.length === 0 ? nameOf(`layer ${layer.diffId}`) : chainName(chain);
    await this.#make(name, async (folder) => {
      await unpackLayer(layer, plan.entries, { ...this.#options, folder, parents, signal });
    });
    return name;
  }

  /** How folders look in the layers below the last one. */
  async #lookBelow(
    chain: readonly Layer[],
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FolderEntry[]> {
    const below = [];
    for (const layer of chain.slice(0, -1)) below.push(await this.#options.layers.entries(layer, signal));
    const tree = layeredTree(below);
    return paths.map((path) => {
      const entry = tree.lstat(path);
      return entry?.type === "folder" ? entry : { ...rootEntry, path };
    });
  }

  async #merged(folders: readonly string[], chain: readonly Layer[], signal: AbortSignal): Promise<string> {
    const name = nameOf(`merged ${chainId(chain)}`);
    if (!this.#has(name)) {
      await this.#make(name, (folder) => this.#options.merge(folders, folder, signal));
    }
    return `${name}/fs`;
  }

  async #make(name: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const { store } = this.#options;
    const stage = await store.temporaryFolder();
    try {
      const folder = join(stage, "fs");
      mkdirSync(folder, { mode: 0o755 });
      await fill(folder);
      await this.#settle(name, folder);
    } catch (error) {
      throw errnoCode(error) === undefined ? error : storeError(error, store.folder);
    } finally {
      await removeFolder(stage);
    }
  }

  /** Whoever was first has made the same. */
  async #settle(name: string, folder: string): Promise<void> {
    const stage = await this.#options.store.temporaryFolder();
    renameSync(folder, join(stage, "fs"));
    try {
      renameSync(stage, join(this.room, name));
    } catch (error) {
      if (errnoCode(error) !== "ENOTEMPTY" && errnoCode(error) !== "EEXIST") throw error;
      await removeFolder(stage);
    }
    this.#present.add(name);
  }

  /** Tells whoever prunes that it is used. */
  #has(name: string): boolean {
    if (this.#present.has(name)) return true;
    const folder = join(this.room, name);
    if (lstatOrNothing(join(folder, "fs")) === undefined) return false;
    const now = new Date();
    utimesSync(folder, now, now);
    this.#present.add(name);
    return true;
  }
}

function chainName(chain: readonly Layer[]): string {
  return nameOf(`chain ${chainId(chain)}`);
}

/** OCI image specification, `config.md`: layers on top of each other have one digest. */
function chainId(chain: readonly Layer[]): string {
  const [first, ...rest] = chain.map(({ diffId }) => diffId);
  return rest.reduce<string>((below, diffId) => sha256Digest(`${below} ${diffId}`), first ?? "");
}

/** Short, since many names make the options of one mount; long enough that nobody can make two layers of one name. */
function nameOf(text: string): string {
  return createHash("sha256").update(`${bootId()} ${text}`).digest("base64url").slice(0, 22);
}

let knownBoot: string | undefined;

function bootId(): string {
  knownBoot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return knownBoot;
}
