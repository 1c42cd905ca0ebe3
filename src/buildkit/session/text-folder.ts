/** A folder with one file in it that is on no disk: what daemons fetch instead of a Dockerfile. */
import { PathFilter } from "../../dockerfile/ignore/path-filter.ts";
import { type Packet, Packet_PacketType } from "../gen/packet.ts";
import type { ServerCall } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import { dataPrefix, decodePacket, framedPacket, framedStatEnd } from "./sync/packet.ts";

export interface TextFolder {
  /** What solves call it. */
  readonly name: string;
  readonly file: { readonly name: string; readonly text: string };
  /** As of a folder on disk. */
  readonly progress?: (bytes: number, done: boolean) => void;
}

/** What a fetch asks for: paths and patterns. */
export interface Wanted {
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

const chunkBytes = 256 << 10;

/** Daemons take what they have a copy of to be the same when its time and size are: no two may have the same time. */
let lastTimeNs = 0n;

function freshTimeNs(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n + BigInt(process.pid % 1_000_000);
  lastTimeNs = now > lastTimeNs ? now : lastTimeNs + 1n;
  return lastTimeNs;
}

/** Serves one fetch; ends when the daemon has what it wants. Rejects with an RpcError when it breaks off. */
export async function sendTextFolder(folder: TextFolder, call: ServerCall, wanted: Wanted): Promise<void> {
  const { file, progress } = folder;
  const data = Buffer.from(file.text);
  let sent = 0;
  try {
    const filter = new PathFilter(wanted.included, wanted.excluded);
    const offered = filter.file(file.name, undefined) !== "skip";
    const stat = { path: file.name, mode: 0o644, size: BigInt(data.length), modTime: freshTimeNs() };
    const header = framedPacket({ type: Packet_PacketType.PACKET_STAT, stat });
    await call.writeFramed([...(offered ? [header] : []), framedStatEnd()]);
    for (;;) {
      const bytes = await call.read();
      if (bytes === undefined) throw new RpcError("CANCELLED", "the daemon stopped fetching the Dockerfile");
      const packet = decodePacket(bytes);
      if (packet.type === Packet_PacketType.PACKET_FIN) break;
      checkAsked(packet, offered);
      await call.writeFramed([...chunksOf(data), dataPrefix(0, 0)]);
      sent += data.length;
    }
    await call.writeFramed([framedPacket({ type: Packet_PacketType.PACKET_FIN })]);
  } finally {
    progress?.(sent, true);
  }
}

function checkAsked(packet: Packet, offered: boolean): void {
  if (packet.type === Packet_PacketType.PACKET_ERR) {
    throw new RpcError("UNKNOWN", `error from the receiver: ${Buffer.from(packet.data).toString()}`);
  }
  if (packet.type !== Packet_PacketType.PACKET_REQ || packet.ID !== 0 || !offered) {
    throw new RpcError("INVALID_ARGUMENT", `a packet of type ${packet.type} for file ${packet.ID} was not expected`);
  }
}

function* chunksOf(data: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at < data.length; at += chunkBytes) {
    const chunk = data.subarray(at, at + chunkBytes);
    yield dataPrefix(0, chunk.length);
    yield chunk;
  }
}
