/**
 * Folders that commands share from build to build: `cache-mounts/<id>/` of the store, with `id` (as the Dockerfile has it) and `<index>/fs`,
 * the folder. Index 0 is for commands that share or take turns; a private one takes the first that nobody has at the moment.
 */
import { createHash } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoCode, TsbakeError } from "../../../base/errors.ts";
import { makeFolder } from "../../store/layout.ts";
import { removeFolder } from "../../store/remove-folder.ts";
import type { EngineStore } from "../../store/store.ts";
import type { Cell } from "../cell/cell.ts";
import { lstatOrNothing } from "../cell/rooted.ts";
import { commandOf, quoted } from "../cell/shell-words.ts";
import type { Programs } from "../programs.ts";
import type { RunMount } from "../request.ts";

export type CacheMount = Extract<RunMount, { readonly type: "cache" }>;

export interface CacheOptions {
  readonly store: EngineStore;
  readonly programs: Programs;
  /** The name of the room. */
  readonly room: string;
  readonly cell: Cell;
  /** Where the cell keeps small files. */
  readonly files: string;
}

/** Of caches that have been taken; the cell has the locks, as long as it is there. */
export async function takeCaches(
  mounts: readonly CacheMount[],
  options: CacheOptions,
): Promise<ReadonlyMap<CacheMount, string>> {
  const room = await options.store.room(options.room);
  const taken = new Map<CacheMount, string>();
  // In one order everywhere: two commands that take turns at two caches would wait for each other otherwise.
  const ordered = [...mounts].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const turns = new Map<string, number>();
  for (const mount of ordered) {
    const cache = openCache(room, mount.id);
    const index = mount.sharing === "shared" ? 0 : (turns.get(mount.id) ?? (await lock(mount, cache, options)));
    if (mount.sharing === "locked") turns.set(mount.id, index);
    taken.set(mount, join(cache, String(index)));
  }
  return taken;
}

/** Makes the folder of a cache that is new. `fill` puts into it what it is to begin with. */
export async function fillCache(
  mount: CacheMount,
  folder: string,
  store: EngineStore,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const filled = join(folder, "fs");
  if (lstatOrNothing(filled) !== undefined) return filled;
  const stage = await store.temporaryFolder();
  try {
    const fresh = join(stage, "fs");
    mkdirSync(fresh);
    await fill(fresh);
    chownSync(fresh, mount.uid, mount.gid);
    chmodSync(fresh, mount.mode);
    makeFolder(folder);
    renameSync(fresh, filled);
  } catch (error) {
    if (errnoCode(error) !== "ENOTEMPTY" && errnoCode(error) !== "EEXIST") throw error;
  } finally {
    await removeFolder(stage);
  }
  return filled;
}

function openCache(room: string, id: string): string {
  const folder = join(room, createHash("sha256").update(id).digest("hex").slice(0, 32));
  makeFolder(folder);
  const name = join(folder, "id");
  if (lstatOrNothing(name) === undefined) writeFileSync(name, `${id}\n`);
  const now = new Date();
  utimesSync(folder, now, now);
  return folder;
}

/** As many private folders as one cache can have. */
const mostClones = 200;

/** Resolves to the index when the lock is had: waits for it where there is only one. */
async function lock(mount: CacheMount, cache: string, { programs, cell, files }: CacheOptions): Promise<number> {
  const pipe = `${files}/turn`;
  const holder = mount.sharing === "locked" ? waitingHolder(programs) : privateHolder(programs);
  const status = await cell.run(
    [
      `${quoted(programs.mkfifo)} ${quoted(pipe)} && {`,
      `${commandOf([programs.sh, "-c", holder, "lock", cache])} >${quoted(pipe)} 3>&- 4>&- &`,
      `read -r turn <${quoted(pipe)}; rm -f ${quoted(pipe)}; (exit "$turn")`,
      "}",
    ].join("\n"),
  );
  if (status <= mostClones) return status;
  throw new TsbakeError(
    "engine/cache-lock",
    `the cache ${JSON.stringify(mount.id)} cannot be locked: ${cell.diagnostics}`,
    {
      hint: "look at the folder of the build cache (TSBAKE_CACHE_DIR); file systems over a network may know no locks",
    },
  );
}

function waitingHolder(programs: Programs): string {
  return `exec 9>"$1/0.lock" && ${quoted(programs.flock)} -x 9 || { echo 255; exit; }\necho 0\n${stay}`;
}

function privateHolder(programs: Programs): string {
  return `turn=1
while [ "$turn" -le ${mostClones} ]; do
  exec 9>"$1/$turn.lock" || { echo 255; exit; }
  if ${quoted(programs.flock)} -n -x 9; then echo "$turn"; ${stay}; fi
  turn=$((turn + 1))
done
echo 255`;
}

/** Holds descriptor 9 until the cell ends. */
const stay = "exec >&- sleep 2147483647";
