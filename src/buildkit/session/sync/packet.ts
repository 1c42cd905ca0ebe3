/** The packets of fsutil, written by hand where there are many of them. */
import type { BigIntStats } from "node:fs";
import { type Packet, Packet_PacketType, Packet as PacketCodec } from "../../gen/packet.ts";
import { decodeMessage } from "../../rpc/call.ts";
import { framePrefix } from "../../rpc/frame.ts";

/** Bits of Go's FileMode above the permissions. */
export const goMode: Readonly<
  Record<"folder" | "symlink" | "device" | "fifo" | "setuid" | "setgid" | "characterDevice" | "sticky", number>
> = {
  folder: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  characterDevice: 2 ** 21,
  sticky: 2 ** 20,
};

export function decodePacket(bytes: Uint8Array): Packet {
  return decodeMessage(PacketCodec, bytes, "fsutil.types.Packet");
}

/** A packet with the prefix a message on the wire has. */
export function framedPacket(packet: Parameters<typeof PacketCodec.create>[0]): Buffer {
  const message = PacketCodec.encode(PacketCodec.create(packet)).finish();
  return Buffer.concat([framePrefix(message.length), message]);
}

/** The header of one entry; the linkname is the target of a symbolic link, or the first path of a hard-linked file. */
export function framedStat(path: string, stats: BigIntStats, linkname: string): Buffer {
  const special = stats.isCharacterDevice() || stats.isBlockDevice();
  return framedPacket({
    type: Packet_PacketType.PACKET_STAT,
    stat: {
      path,
      mode: goModeOf(stats),
      size: stats.isFile() ? stats.size : stats.isSymbolicLink() ? BigInt(Buffer.byteLength(linkname)) : 0n,
      modTime: stats.mtimeNs,
      linkname,
      devmajor: special ? majorOf(stats.rdev) : 0n,
      devminor: special ? minorOf(stats.rdev) : 0n,
    },
  });
}

/** The packet after the last header. */
export function framedStatEnd(): Buffer {
  return framePrefix(0);
}

/** What stands before the data of a packet: the prefix of the message, the kind, the file, the length. */
export function dataPrefix(id: number, length: number): Buffer {
  const prefix = Buffer.allocUnsafe(5 + 2 + 6 + 6);
  let at = 5;
  prefix[at++] = 0x08;
  prefix[at++] = Packet_PacketType.PACKET_DATA;
  if (id !== 0) {
    prefix[at++] = 0x18;
    at = writeVarint(prefix, at, id);
  }
  if (length !== 0) {
    prefix[at++] = 0x22;
    at = writeVarint(prefix, at, length);
  }
  prefix[0] = 0;
  prefix.writeUInt32BE(at - 5 + length, 1);
  return prefix.subarray(0, at);
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

function goModeOf(stats: BigIntStats): number {
  const mode = Number(stats.mode);
  // Windows knows no permissions; what comes from there can be run.
  let go = process.platform === "win32" ? 0o755 : mode & 0o777;
  if (stats.isDirectory()) go += goMode.folder;
  if (stats.isSymbolicLink()) go |= goMode.symlink;
  if (stats.isFIFO()) go |= goMode.fifo;
  if (stats.isBlockDevice()) go |= goMode.device;
  if (stats.isCharacterDevice()) go |= goMode.device | goMode.characterDevice;
  if (mode & 0o4000) go |= goMode.setuid;
  if (mode & 0o2000) go |= goMode.setgid;
  if (mode & 0o1000) go |= goMode.sticky;
  return go >>> 0;
}

/** As Linux puts major and minor together. */
function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}
