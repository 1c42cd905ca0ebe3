/**
 * `moby.filesync.v1.FileSync`: daemons fetch local folders with it.
 *
 *     we: STAT STAT … STAT(empty)          every entry in order; the first has the ID 0
 *     daemon:   REQ(id) REQ(id) …  FIN     what differs from its last copy, at any time after the STAT
 *     we:          DATA(id) … DATA(id, empty) …  FIN
 */
import { readlinkSync, realpathSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { PatternError } from "../../dockerfile/ignore/glob.ts";
import { PathFilter } from "../../dockerfile/ignore/path-filter.ts";
import { type Packet, Packet_PacketType } from "../gen/packet.ts";
import { type Metadata, metadataValue } from "../rpc/metadata.ts";
import type { ServerCall } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import type { SessionService } from "./session.ts";
import { FileSender, type FileToSend } from "./sync/file-sender.ts";
import { followPaths } from "./sync/follow-paths.ts";
import { decodePacket, framedPacket, framedStat, framedStatEnd } from "./sync/packet.ts";
import { localPath, type WalkEntry, WalkError, walk } from "./sync/walk.ts";
import { sendTextFolder, type TextFolder, type Wanted } from "./text-folder.ts";

export interface LocalFolder {
  /** What solves call it: `context`, `dockerfile`, or the name of a named context. */
  readonly name: string;
  /** Absolute; a link to a folder will do. */
  readonly path: string;
  /**
   * Bytes of files sent so far by one transfer; `done` with its last call, also when it failed. A folder is fetched
   * several times in a build (the ignore file first), each transfer counts from 0.
   */
  readonly progress?: (bytes: number, done: boolean) => void;
  /** A file vanished while it was sent, and arrived empty. */
  readonly vanished?: (path: string) => void;
}

const headerBatchBytes = 32 << 10;
/** How long anything may keep the event loop, health checks wait for it. */
const turnMs = 10;
const progressMs = 100;

export function fileSyncService(folders: readonly LocalFolder[], texts: readonly TextFolder[] = []): SessionService {
  const byName = new Map(folders.map((folder) => [folder.name, folder]));
  const textByName = new Map(texts.map((folder) => [folder.name, folder]));
  return new Map([
    [
      "/moby.filesync.v1.FileSync/DiffCopy",
      (call: ServerCall) => {
        const name = metadataValue(call.metadata, "dir-name") ?? "";
        const text = textByName.get(name);
        if (text !== undefined) return sendTextFolder(text, call, wantedOf(call.metadata));
        const folder = byName.get(name);
        if (folder === undefined) throw new RpcError("NOT_FOUND", `no access allowed to dir ${JSON.stringify(name)}`);
        return new Transfer(folder, call).run();
      },
    ],
  ]);
}

/** One fetch of a folder. */
class Transfer {
  readonly #folder: LocalFolder;
  readonly #call: ServerCall;
  readonly #sender: FileSender;
  /** What may still be asked for, by ID. */
  readonly #offered = new Map<number, FileToSend>();
  #asked: FileToSend[] = [];
  /** How the daemon's side ended: `fin`, or what went wrong. */
  #ended: "fin" | { readonly failure: unknown } | undefined;
  #wake: () => void = () => {};
  #sentBytes = 0;
  #toldAt = 0;

  constructor(folder: LocalFolder, call: ServerCall) {
    this.#folder = folder;
    this.#call = call;
    this.#sender = new FileSender({
      send: (pieces) => call.writeFramed(pieces),
      sent: (bytes) => this.#tell(bytes),
      vanished: (path) => folder.vanished?.(path),
      signal: call.signal,
    });
  }

  async run(): Promise<void> {
    try {
      const root = rootOf(this.#folder);
      const filter = filterOf(root, this.#call.metadata);
      void this.#receive();
      await this.#sendHeaders(root, filter);
      await this.#sendRest();
      await this.#call.writeFramed([framedPacket({ type: Packet_PacketType.PACKET_FIN })]);
    } catch (error) {
      throw await this.#explain(error);
    } finally {
      this.#folder.progress?.(this.#sentBytes, true);
    }
  }

  async #sendHeaders(root: string, filter: PathFilter): Promise<void> {
    const firstPaths = new Map<string, string>();
    let batch: Buffer[] = [];
    let batchBytes = 0;
    let id = 0;
    let turnEnds = performance.now() + turnMs;
    for (const entry of walk(root, filter)) {
      if (entry !== undefined) {
        const header = this.#offer(root, entry, id++, firstPaths);
        batch.push(header);
        batchBytes += header.length;
      }
      if (batchBytes > headerBatchBytes) {
        await this.#call.writeFramed(batch);
        batch = [];
        batchBytes = 0;
        await this.#sendAsked();
      }
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      await this.#sendAsked();
      turnEnds = performance.now() + turnMs;
    }
    await this.#call.writeFramed([...batch, framedStatEnd()]);
  }

  /** The header of an entry; what has contents can be asked for from now on. */
  #offer(root: string, { path, stats }: WalkEntry, id: number, firstPaths: Map<string, string>): Buffer {
    const local = localPath(root, path);
    if (stats.isSymbolicLink()) return framedStat(path, stats, linkOf(local));
    if (!stats.isFile()) return framedStat(path, stats, "");
    const inode = stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : "";
    const first = inode === "" ? undefined : firstPaths.get(inode);
    if (first !== undefined) return framedStat(path, stats, first);
    if (inode !== "") firstPaths.set(inode, path);
    this.#offered.set(id, { id, path: local, sizeBytes: Number(stats.size) });
    return framedStat(path, stats, "");
  }

  async #sendRest(): Promise<void> {
    for (;;) {
      await this.#sendAsked();
      await this.#sender.flush();
      if (this.#asked.length > 0) continue;
      if (this.#ended === "fin") return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#asked.length > 0 || this.#ended !== undefined) resolve();
      });
    }
  }

  async #sendAsked(): Promise<void> {
    let turnEnds = performance.now() + turnMs;
    while (this.#asked.length > 0) {
      const asked = this.#asked;
      this.#asked = [];
      for (const file of asked) {
        await this.#sender.file(file);
        this.#throwIfFailed();
        if (performance.now() < turnEnds) continue;
        await nextTurn();
        turnEnds = performance.now() + turnMs;
      }
    }
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (typeof this.#ended === "object") throw this.#ended.failure;
  }

  /** Never rejects. */
  async #receive(): Promise<void> {
    try {
      while (this.#ended === undefined) {
        const bytes = await this.#call.read();
        if (bytes === undefined) throw new RpcError("CANCELLED", "the daemon stopped fetching the folder");
        this.#take(decodePacket(bytes));
        this.#wake();
      }
    } catch (failure) {
      this.#ended = { failure };
    }
    this.#wake();
  }

  #take(packet: Packet): void {
    switch (packet.type) {
      case Packet_PacketType.PACKET_REQ: {
        const file = this.#offered.get(packet.ID);
        if (file === undefined) throw new RpcError("INVALID_ARGUMENT", `there is no file with the number ${packet.ID}`);
        this.#offered.delete(packet.ID);
        this.#asked.push(file);
        return;
      }
      case Packet_PacketType.PACKET_FIN:
        this.#ended = "fin";
        return;
      case Packet_PacketType.PACKET_ERR:
        throw new RpcError("UNKNOWN", `error from the receiver: ${Buffer.from(packet.data).toString()}`);
      default:
        throw new RpcError("INVALID_ARGUMENT", `a packet of type ${packet.type} was not expected`);
    }
  }

  #tell(bytes: number): void {
    this.#sentBytes += bytes;
    const now = performance.now();
    if (now - this.#toldAt < progressMs) return;
    this.#toldAt = now;
    this.#folder.progress?.(this.#sentBytes, false);
  }

  /** Tells the daemon why, in a packet that becomes part of the build's error. */
  async #explain(error: unknown): Promise<RpcError> {
    if (error instanceof RpcError) return error;
    const code = error instanceof PatternError ? "INVALID_ARGUMENT" : "UNKNOWN";
    const failure = new RpcError(code, messageOf(error), { cause: error });
    const packet = framedPacket({ type: Packet_PacketType.PACKET_ERR, data: Buffer.from(failure.message) });
    await this.#call.writeFramed([packet]).catch(() => {}); // the status says the same
    return failure;
  }
}

function rootOf(folder: LocalFolder): string {
  try {
    return realpathSync(folder.path);
  } catch (error) {
    if (errnoCode(error) !== "ENOENT") throw new WalkError(messageOf(error), { cause: error });
    throw new RpcError("NOT_FOUND", `the folder ${folder.path} does not exist`, { cause: error });
  }
}

/** In a folder without links, paths lead to what they name. */
function wantedOf(metadata: Metadata): Wanted {
  return {
    included: [...valuesOf(metadata, "include-patterns"), ...valuesOf(metadata, "followpaths")],
    excluded: valuesOf(metadata, "exclude-patterns"),
  };
}

function filterOf(root: string, metadata: Metadata): PathFilter {
  const followed = valuesOf(metadata, "followpaths");
  const included = valuesOf(metadata, "include-patterns");
  const excluded = valuesOf(metadata, "exclude-patterns");
  const paths = followed.length === 0 ? [] : followPaths(root, followed);
  return new PathFilter(paths === undefined ? [] : [...included, ...paths], excluded);
}

/** When one of them holds more than ASCII, daemons escape all values of a key as in a query. */
function valuesOf(metadata: Metadata, key: string): readonly string[] {
  const values = metadata.get(key) ?? [];
  if (metadataValue(metadata, `${key}-encoded`) !== "1") return values;
  try {
    return values.map((value) => decodeURIComponent(value.replaceAll("+", " ")));
  } catch (error) {
    throw new RpcError("INVALID_ARGUMENT", `the values of ${key} are not escaped as they should be`, { cause: error });
  }
}

/** Empty for a link that is gone by now; the next fetch sees what took its place. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "EINVAL") return "";
    throw new WalkError(messageOf(error), { cause: error });
  }
}
