/** Writes a tree that somebody else describes into a folder, and nowhere else. */
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { errnoCode } from "../../../base/errors.ts";
import type { Stat } from "../../gen/packet.ts";
import { RpcError } from "../../rpc/status.ts";
import { goMode } from "../sync/packet.ts";
import { namesOfReceivedPath } from "./received-path.ts";

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** A file being written. */
export interface OpenFile {
  readonly write: (data: Uint8Array) => void;
  /** Sets permissions and time. Throws when the size is not the announced one. */
  readonly finish: () => void;
  /** Idempotent. */
  readonly close: () => void;
}

/**
 * Every entry must lie in the root or in a folder entered before, so nothing is ever written through a link. What an
 * entry finds in its place is replaced, unless it is a folder. Owners are not taken over: all belongs to us.
 */
export class FolderWriter {
  readonly #root: string;
  readonly #folders = new Map<string, Stat>();
  readonly #files = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  folder(stat: Stat): void {
    const path = this.#place(stat);
    try {
      mkdirSync(path, 0o700);
    } catch (error) {
      if (errnoCode(error) !== "EEXIST") throw error;
      if (!lstatSync(path).isDirectory()) {
        unlinkSync(path);
        mkdirSync(path, 0o700);
      }
    }
    this.#folders.set(stat.path, stat);
  }

  symlink(stat: Stat): void {
    const path = this.#place(stat);
    replacing(path, () => symlinkSync(stat.linkname, path));
    const time = timeOf(stat);
    lutimesSync(path, time, time);
  }

  /** A second name for a file that was written before. */
  hardLink(stat: Stat): void {
    if (!this.#files.has(stat.linkname)) {
      throw new RpcError("INVALID_ARGUMENT", `the daemon links ${stat.path} to a file it did not send`);
    }
    const path = this.#place(stat);
    const target = join(this.#root, ...namesOfReceivedPath(stat.linkname));
    replacing(path, () => linkSync(target, path));
  }

  file(stat: Stat): OpenFile {
    const path = this.#place(stat);
    const descriptor = replacing(path, () => openSync(path, createFlags, 0o600));
    this.#files.add(stat.path);
    let size = 0n;
    let open = true;
    const close = (): void => {
      if (open) closeSync(descriptor);
      open = false;
    };
    return {
      write: (data) => {
        size += BigInt(data.length);
        if (size > stat.size) throw wrongSize(stat);
        for (let at = 0; at < data.length; ) at += writeSync(descriptor, data, at);
      },
      finish: () => {
        close();
        if (size !== stat.size) throw wrongSize(stat);
        setModeAndTime(path, stat);
      },
      close,
    };
  }

  /** Permissions and times of folders, which writing into them would change; the deepest first. */
  finish(): void {
    for (const stat of [...this.#folders.values()].reverse()) setModeAndTime(join(this.#root, stat.path), stat);
  }

  #place({ path }: Stat): string {
    const names = namesOfReceivedPath(path);
    const parent = names.slice(0, -1).join("/");
    if (parent !== "" && !this.#folders.has(parent)) {
      throw new RpcError("INVALID_ARGUMENT", `the daemon sent ${JSON.stringify(path)} before the folder it is in`);
    }
    return join(this.#root, ...names);
  }
}

/** Removes what is in the way, but never a folder. */
function replacing<Result>(path: string, create: () => Result): Result {
  try {
    return create();
  } catch (error) {
    if (errnoCode(error) !== "EEXIST" || lstatSync(path).isDirectory()) throw error;
    unlinkSync(path);
    return create();
  }
}

function setModeAndTime(path: string, stat: Stat): void {
  chmodSync(path, permissionsOf(stat));
  const time = timeOf(stat);
  utimesSync(path, time, time);
}

function permissionsOf({ mode }: Stat): number {
  let permissions = mode & 0o777;
  if (mode & goMode.setuid) permissions |= 0o4000;
  if (mode & goMode.setgid) permissions |= 0o2000;
  if (mode & goMode.sticky) permissions |= 0o1000;
  return permissions;
}

/**
 * Node takes seconds, of which it keeps whole microseconds: half of one more, and rounding cannot lose any. What was
 * before 1970 has to be a date.
 */
function timeOf({ modTime }: Stat): number | Date {
  return modTime < 0n ? new Date(Number(modTime / 1_000_000n)) : (Number(modTime / 1000n) + 0.5) / 1e6;
}

function wrongSize(stat: Stat): RpcError {
  return new RpcError(
    "DATA_LOSS",
    `the daemon sent another size than the announced ${stat.size} bytes of ${stat.path}`,
  );
}
