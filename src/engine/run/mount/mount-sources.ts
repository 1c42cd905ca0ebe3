/** What binds and new caches show: layers, or a context packed into one, as folders of a cell. */

import { BuildFailure } from "../../../execute/ports.ts";
import type { Layer, LayerStore } from "../../layer/layer.ts";
import { childPath } from "../../tree/path.ts";
import { ownerless, sourceEntries } from "../../tree/source-entries.ts";
import type { Tree } from "../../tree/tree.ts";
import type { MountLine } from "../cell/shell-words.ts";
import type { MountSource } from "../request.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";
import { overlayLine } from "./overlay.ts";

/** A folder that things are shown from, once `line` is mounted. */
export interface SourceFolder {
  /** Absolute, in the cell. */
  readonly folder: string;
  /** Below the folder, links not followed yet. */
  readonly path: string;
  readonly line?: MountLine;
}

export interface SourceOptions {
  readonly snapshots: Snapshots;
  readonly packed: PackedTrees;
  /** Where layers are put on top of each other; an empty folder when there are none. */
  readonly target: string;
  readonly overlayOptions: readonly string[];
  readonly signal: AbortSignal;
}

export async function openSource(source: MountSource, options: SourceOptions): Promise<SourceFolder> {
  const { snapshots, target, signal } = options;
  const { layers, path } =
    source.kind === "layers" ? source : await options.packed.pack(source.tree, source.path, signal);
  const lowers = await snapshots.of(layers, signal);
  const [only] = lowers;
  if (lowers.length === 1) return { folder: `${snapshots.room}/${only}`, path };
  const made = { target, type: "none", options: ["X-mount.mkdir"] };
  if (lowers.length === 0) return { folder: target, path, line: { ...made, source: "tmpfs", type: "tmpfs" } };
  const line = overlayLine({ lowers, target, options: [...options.overlayOptions, "X-mount.mkdir"] });
  return { folder: target, path, line };
}

/** Contexts as layers, each packed once a node: their files may change under a command that looks at them, a layer does not. */
export class PackedTrees {
  readonly #layers: LayerStore;
  readonly #known = new WeakMap<Tree, Map<string, Promise<PackedTree>>>();

  constructor(layers: LayerStore) {
    this.#layers = layers;
  }

  async pack(tree: Tree, path: string, signal: AbortSignal): Promise<PackedTree> {
    const known = this.#known.get(tree) ?? new Map<string, Promise<PackedTree>>();
    this.#known.set(tree, known);
    for (;;) {
      const earlier = known.get(path);
      if (earlier === undefined) break;
      try {
        return await earlier;
      } catch (error) {
        // Theirs may have been called off; ours has not.
        if (known.get(path) === undefined && !signal.aborted) continue;
        throw error;
      }
    }
    const made = this.#pack(tree, path, signal);
    known.set(path, made);
    made.catch(() => known.delete(path));
    return made;
  }

  async #pack(tree: Tree, path: string, signal: AbortSignal): Promise<PackedTree> {
    const source = sourceEntries(tree, path);
    if (source === undefined) throw missingSource(path);
    const { layer } = await this.#layers.pack(ownerless(source.entries), { signal });
    return { layers: [layer], path: source.name };
  }
}

export interface PackedTree {
  readonly layers: readonly Layer[];
  readonly path: string;
}

export function missingSource(path: string): BuildFailure {
  return new BuildFailure("engine/mount-source-missing", `/${childPath("", path)}: not found`, {
    hint: "the source of a mount has to be there before the command runs; is it left out by .dockerignore?",
  });
}
