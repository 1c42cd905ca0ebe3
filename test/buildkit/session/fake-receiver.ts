/** The daemon's side of a fetch of a folder: lists it, asks for what the test wants, keeps what arrives. */
import type * as grpc from "@grpc/grpc-js";
import { expect } from "vitest";
import { Packet, Packet_PacketType, type Stat } from "../../../src/buildkit/gen/packet.ts";
import { converse, fileSync } from "./fake-daemon.ts";

export interface Fetched {
  readonly stats: readonly Stat[];
  readonly paths: readonly string[];
  /** By path. Only what was asked for. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

export interface FetchOptions {
  readonly name?: string;
  readonly follow?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** More metadata. */
  readonly extra?: readonly (readonly [string, string])[];
  /** Which files to ask for; all by default. */
  readonly wants?: (stat: Stat) => boolean;
  /** Sees each packet, may cancel the call. */
  readonly watch?: (packet: Packet, call: grpc.ClientDuplexStream<Packet, Packet>) => void;
}

const fileTypeBits = 0x8f280000;

/** Resolves when the transfer ended well, rejects with its status. */
export function fetchFolder(client: grpc.Client, options: FetchOptions = {}): Promise<Fetched> {
  const call = converse(client, fileSync, [
    ["dir-name", options.name ?? "context"],
    ...(options.follow ?? []).map((value) => ["followpaths", value] as const),
    ...(options.include ?? []).map((value) => ["include-patterns", value] as const),
    ...(options.exclude ?? []).map((value) => ["exclude-patterns", value] as const),
    ...(options.extra ?? []),
  ]);
  return new Promise((resolve, reject) => {
    const stats: Stat[] = [];
    const chunks = new Map<number, Buffer[]>();
    const contents = new Map<string, Buffer>();
    let listed = false;
    let open = 0;
    let error: string | undefined;
    const finishWhenDone = (): void => {
      if (listed && open === 0) call.write(Packet.create({ type: Packet_PacketType.PACKET_FIN }));
    };
    call.on("data", (packet: Packet) => {
      options.watch?.(packet, call);
      switch (packet.type) {
        case Packet_PacketType.PACKET_STAT: {
          if (packet.stat === undefined) {
            listed = true;
            finishWhenDone();
            return;
          }
          const id = stats.push(packet.stat) - 1;
          const isFile = (packet.stat.mode & fileTypeBits) === 0 && packet.stat.linkname === "";
          if (!isFile || options.wants?.(packet.stat) === false) return;
          open++;
          chunks.set(id, []);
          call.write(Packet.create({ type: Packet_PacketType.PACKET_REQ, ID: id }));
          return;
        }
        case Packet_PacketType.PACKET_DATA: {
          const parts = chunks.get(packet.ID);
          if (packet.data.length > 0) {
            parts?.push(Buffer.from(packet.data));
            return;
          }
          contents.set(stats[packet.ID]?.path ?? "", Buffer.concat(parts ?? []));
          chunks.delete(packet.ID);
          open--;
          finishWhenDone();
          return;
        }
        case Packet_PacketType.PACKET_FIN:
          expect(chunks.size).toBe(0);
          call.end();
          return;
        default:
          error = Buffer.from(packet.data).toString();
      }
    });
    call.on("status", ({ code, details }) => {
      if (code !== 0) reject(Object.assign(new Error(details), { code, packet: error }));
      else resolve({ stats, paths: stats.map(({ path }) => path), contents });
    });
    call.on("error", () => {});
  });
}
