/** Layers made one: there is a limit to how many an overlay can have. */
import { TsbakeError } from "../../../base/errors.ts";
import type { EngineStore } from "../../store/store.ts";
import { Cell } from "../cell/cell.ts";
import type { OutputPipes } from "../cell/output-pipes.ts";
import { commandOf } from "../cell/shell-words.ts";
import { overlayLine } from "../mount/overlay.ts";
import type { Machine } from "../runtime/command.ts";

export interface MergeOptions {
  readonly machine: Machine;
  readonly store: EngineStore;
  readonly pipes: OutputPipes;
  /** Where the names of the folders start from. */
  readonly room: string;
  readonly signal: AbortSignal;
}

/** Copies what the folders (lowest first) make on top of each other into the empty folder, with links, owners and attributes. */
export async function mergeFolders(lowers: readonly string[], folder: string, options: MergeOptions): Promise<void> {
  const { machine, store, pipes, room, signal } = options;
  const target = await store.room("mounts");
  const [stdout, stderr] = [await pipes.create(), await pipes.create()];
  for (const { readEnd } of [stdout, stderr]) readEnd.resume();
  const { programs, searchPath } = machine;
  const cell = new Cell({ programs, searchPath, folder: room, stdout, stderr, graceMs: 0, signal });
  try {
    const line = overlayLine({ lowers, target, options: machine.privilege.overlayOptions });
    const words = [programs.mount, "-n", "-t", line.type, "-o", line.options.join(","), line.source, line.target];
    const status = await cell.run(
      `${commandOf(words)} && ${commandOf([programs.cp, "-a", "--", `${target}/.`, folder])}`,
    );
    if (status !== 0) {
      throw new TsbakeError("engine/unpack-failed", `layers cannot be put together: ${cell.diagnostics}`, {
        hint: "is there enough space for the build cache? TSBAKE_CACHE_DIR says where it is",
      });
    }
  } finally {
    await cell.close();
  }
}
