/**
 * Receives a tree of files; the packets are those of FileSync, the other way round.
 *
 *     daemon: STAT STAT … STAT(empty)          DATA(id) … DATA(id, empty) …       FIN
 *     we:          REQ(id) for each file's contents                         FIN
 */
import { messageOf } from "../../../base/errors.ts";
import { type Packet, Packet_PacketType, type Stat } from "../../gen/packet.ts";
import type { ServerCall } from "../../rpc/server.ts";
import { RpcError } from "../../rpc/status.ts";
import { decodePacket, framedPacket, goMode } from "../sync/packet.ts";
import { FolderWriter, type OpenFile } from "./folder-writer.ts";

/** Daemons send four files at a time. */
const maxOpenFiles = 128;

/**
 * Resolves when the daemon has sent everything and all is written. The folder is opened with the first entry, or at the
 * end when there is none. What was written when it rejects is left for the owner of the folder to remove.
 */
export async function receiveFolder(call: ServerCall, open: () => Promise<string>): Promise<void> {
  const tree = new ReceivedTree(call);
  try {
    for (;;) {
      const bytes = await call.read();
      if (bytes === undefined) throw new RpcError("CANCELLED", "the daemon stopped sending before the end");
      const packet = decodePacket(bytes);
      if (packet.type === Packet_PacketType.PACKET_STAT) await tree.begin(open);
      if ((await tree.take(packet)) === "done") return;
    }
  } catch (error) {
    const text = Buffer.from(messageOf(error));
    const packet = framedPacket({ type: Packet_PacketType.PACKET_ERR, data: text });
    await call.writeFramed([packet]).catch(() => {}); // the status says the same
    throw error;
  } finally {
    tree.close();
  }
}

class ReceivedTree {
  readonly #call: ServerCall;
  #writer: FolderWriter | undefined;
  /** Contents on their way. */
  readonly #wanted = new Map<number, Stat>();
  readonly #open = new Map<number, OpenFile>();
  /** Made at the end, when the files they name are there. */
  readonly #hardLinks: Stat[] = [];
  #nextId = 0;
  #allListed = false;
  #finished = false;

  constructor(call: ServerCall) {
    this.#call = call;
  }

  async begin(open: () => Promise<string>): Promise<void> {
    this.#writer ??= new FolderWriter(await open());
  }

  async take(packet: Packet): Promise<"done" | undefined> {
    switch (packet.type) {
      case Packet_PacketType.PACKET_STAT:
        if (this.#allListed) throw new RpcError("INVALID_ARGUMENT", "the daemon lists more after the end of its list");
        if (packet.stat === undefined) this.#allListed = true;
        else await this.#list(packet.stat);
        break;
      case Packet_PacketType.PACKET_DATA:
        this.#write(packet);
        break;
      case Packet_PacketType.PACKET_FIN:
        if (!this.#finished) throw new RpcError("INVALID_ARGUMENT", "the daemon says goodbye before all is there");
        return "done";
      case Packet_PacketType.PACKET_ERR:
        throw new RpcError("UNKNOWN", `error from the sender: ${Buffer.from(packet.data).toString()}`);
      default:
        throw new RpcError("INVALID_ARGUMENT", `a packet of type ${packet.type} was not expected`);
    }
    if (this.#allListed && this.#wanted.size === 0 && !this.#finished) await this.#finish();
    return undefined;
  }

  /** Idempotent. */
  close(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  async #list(stat: Stat): Promise<void> {
    const id = this.#nextId++;
    const writer = this.#theWriter();
    switch (kindOf(stat)) {
      case "folder":
        writer.folder(stat);
        return;
      case "symlink":
        writer.symlink(stat);
        return;
      case "hard link":
        this.#hardLinks.push(stat);
        return;
      case "file":
        this.#wanted.set(id, stat);
        await this.#call.writeFramed([framedPacket({ type: Packet_PacketType.PACKET_REQ, ID: id })]);
        return;
      case "special":
        throw new RpcError(
          "UNIMPLEMENTED",
          `${stat.path} is a device or a pipe, which is not written to folders; export an archive instead (type=tar)`,
        );
    }
  }

  #write({ ID: id, data }: Packet): void {
    const stat = this.#wanted.get(id);
    if (stat === undefined)
      throw new RpcError("INVALID_ARGUMENT", `the daemon sent file ${id}, which nobody asked for`);
    const file = this.#open.get(id) ?? this.#create(id, stat);
    if (data.length > 0) {
      file.write(data);
      return;
    }
    file.finish();
    this.#open.delete(id);
    this.#wanted.delete(id);
  }

  #create(id: number, stat: Stat): OpenFile {
    if (this.#open.size >= maxOpenFiles) {
      throw new RpcError("RESOURCE_EXHAUSTED", `the daemon sends more than ${maxOpenFiles} files at once`);
    }
    const file = this.#theWriter().file(stat);
    this.#open.set(id, file);
    return file;
  }

  async #finish(): Promise<void> {
    this.#finished = true;
    const writer = this.#theWriter();
    for (const stat of this.#hardLinks) writer.hardLink(stat);
    writer.finish();
    await this.#call.writeFramed([framedPacket({ type: Packet_PacketType.PACKET_FIN })]);
  }

  #theWriter(): FolderWriter {
    if (this.#writer === undefined) throw new RpcError("INVALID_ARGUMENT", "the daemon sent contents before any list");
    return this.#writer;
  }
}

function kindOf({ mode, linkname }: Stat): "folder" | "symlink" | "hard link" | "file" | "special" {
  const bits = mode >>> 0;
  if (bits >= goMode.folder) return "folder";
  if (bits & goMode.symlink) return "symlink";
  if (bits & (goMode.device | goMode.fifo | goMode.characterDevice)) return "special";
  return linkname === "" ? "file" : "hard link";
}
