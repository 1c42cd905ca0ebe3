/** Unpacking a layer into a folder, by GNU tar, which is handed an archive made for it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { TsbakeError } from "../../../base/errors.ts";
import type { Layer, LayerStore } from "../../layer/layer.ts";
import { encodeHeader, headersOf, paddingOf, type TarHeader, trailer } from "../../layer/tar/go-tar.ts";
import type { FolderEntry, TreeEntry } from "../../tree/entry.ts";
import type { Privilege } from "../privilege.ts";
import type { Programs } from "../programs.ts";
import { hasContent } from "./unpack-plan.ts";

export interface UnpackOptions {
  readonly layers: LayerStore;
  readonly programs: Programs;
  readonly privilege: Privilege;
  readonly signal: AbortSignal;
}

/**
 * Puts the entries of a plan into the folder, with those of `parents` before them. Rejects with a TsbakeError when tar does not manage, with
 * the signal's reason when it is aborted; what is in the folder then is of no use.
 */
export async function unpackLayer(
  layer: Layer,
  entries: readonly TreeEntry[],
  {
    folder,
    parents,
    ...options
  }: UnpackOptions & { readonly folder: string; readonly parents: readonly FolderEntry[] },
): Promise<void> {
  const { programs, privilege, signal } = options;
  signal.throwIfAborted();
  const owners = privilege.owners === "all" ? ["--same-owner"] : ["--no-same-owner"];
  const tar = spawn(
    programs.setpriv,
    ["--pdeathsig", "KILL", "--", programs.tar, ...unpackFlags, ...owners, "-C", folder, "-f", "-"],
    { stdio: ["pipe", "ignore", "pipe"], env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
  );
  const ended = once(tar, "close");
  ended.catch(() => {});
  let complaints = "";
  tar.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = `${complaints}${text}`.slice(0, 4096);
  });
  let broken: Error | undefined;
  tar.stdin.on("error", (error) => {
    broken = error;
  });
  const stop = (): void => void tar.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    await feed(tar.stdin, layer, [...parents, ...entries], options);
    tar.stdin.end();
    const [status] = await ended;
    signal.throwIfAborted();
    if (status !== 0) throw failed(complaints);
  } catch (error) {
    tar.kill("SIGKILL");
    await ended;
    signal.throwIfAborted();
    throw broken === error || broken !== undefined ? failed(complaints) : error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const unpackFlags = [
  "--extract",
  "--numeric-owner",
  "--preserve-permissions",
  "--delay-directory-restore",
  "--warning=no-timestamp",
  "--xattrs",
  "--xattrs-include=*",
];

async function feed(
  tar: Writable,
  layer: Layer,
  entries: readonly TreeEntry[],
  { layers, privilege, signal }: UnpackOptions,
): Promise<void> {
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (!tar.write(chunk)) await drained(tar);
  };
  const content = new ArchiveReader(entries.some(hasContent) ? layers.archive(layer, signal) : nothing());
  try {
    for (const entry of entries) {
      if (isDevice(entry) && !privilege.devices) continue;
      for (const header of headersFor(entry, privilege)) await write(encodeHeader(header));
      if (!hasContent(entry)) continue;
      if (entry.content.kind !== "layer") throw new Error(`a layer has content of kind ${entry.content.kind}`);
      for await (const chunk of content.range(entry.content.offset, entry.content.size)) await write(chunk);
      await write(new Uint8Array(paddingOf(entry.content.size)));
    }
    await write(trailer);
  } finally {
    await content.close();
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function isDevice(entry: TreeEntry): boolean {
  return entry.type === "character" || entry.type === "block";
}

/** As overlays have it: the kernel's whiteouts and opaque folders, not those of archives. */
function headersFor(entry: TreeEntry, privilege: Privilege): readonly TarHeader[] {
  if (entry.type === "whiteout") {
    return [{ name: entry.path, type: "3", mode: 0, uid: 0, gid: 0, size: 0, seconds: 0, major: 0, minor: 0 }];
  }
  if (entry.type !== "folder") return headersOf(entry);
  const { opaque, ...plain } = entry;
  const [header] = headersOf(plain);
  if (header === undefined) return [];
  const named = entry.path === "" ? { ...header, name: "./" } : header;
  return [opaque === true ? { ...named, overlayAttribute: [privilege.opaqueAttribute, "y"] } : named];
}

async function drained(stream: Writable): Promise<void> {
  if (stream.destroyed) throw new Error("tar went away");
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      stream.off("drain", settle);
      stream.off("close", settle);
      resolve();
    };
    stream.on("drain", settle);
    stream.on("close", settle);
  });
}

/** Ranges of a stream of bytes, asked for in their order. */
class ArchiveReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** Where in the archive the chunk begins. */
  #start = 0;

  constructor(archive: AsyncIterable<Uint8Array>) {
    this.#chunks = archive[Symbol.asyncIterator]();
  }

  async *range(offset: number, size: number): AsyncGenerator<Uint8Array> {
    if (offset < this.#start) throw new Error("the entries of a layer are not in the order of its archive");
    for (let next = offset; next < offset + size; ) {
      const end = this.#start + this.#chunk.length;
      if (next < end) {
        const part = this.#chunk.subarray(next - this.#start, offset + size - this.#start);
        next += part.length;
        yield part;
        continue;
      }
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new TsbakeError("engine/bad-layer", "the archive of a layer ends too early", cutShort);
      this.#start = end;
      this.#chunk = value;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

const cutShort = {
  hint: "build again with --no-cache, or remove the build cache with tsbake prune --builder embedded",
};

function failed(complaints: string): TsbakeError {
  const text = complaints.trim().split("\n").slice(0, 5).join("; ");
  return new TsbakeError("engine/unpack-failed", `a layer cannot be unpacked: ${text || "tar ended early"}`, {
    hint: /No space left/.test(text)
      ? "free some space, or set TSBAKE_CACHE_DIR to a folder on a larger disk"
      : "the build cache has to be on a file system that keeps owners, modes and devices: set TSBAKE_CACHE_DIR to a folder on one",
  });
}
