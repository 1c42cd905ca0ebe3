/**
 * Headers of tar archives, byte for byte as Go's `archive/tar` makes them for BuildKit: PAX where a plain ustar header cannot say it, whole
 * seconds, no names of owners. Layers have the digests BuildKit gives them only because of this.
 */
import { BuildFailure } from "../../../execute/ports.ts";
import type { TreeEntry } from "../../tree/entry.ts";

export const blockSize: number = 512;

/** The end of every archive: two empty blocks, and nothing to fill up a tape. */
export const trailer: Uint8Array = new Uint8Array(2 * blockSize);

/** Longer headers are refused: nothing on a disk has such a path. */
export const maximumHeaderBytes: number = 64 * 1024;

/** One header as Go's `tar.Header`, as far as layers need it. */
export interface TarHeader {
  /** With a trailing slash for folders. */
  readonly name: string;
  readonly type: TarType;
  readonly link?: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly major?: number;
  readonly minor?: number;
  readonly capability?: Uint8Array | undefined;
  /** One further extended attribute, of overlays: never in layers, only in archives for unpacking. Its name sorts after `security`. */
  readonly overlayAttribute?: readonly [name: string, value: string];
}

export type TarType = "0" | "1" | "2" | "3" | "4" | "5" | "6";

/** How many zeros follow content of a size, up to the next block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The headers of an entry: one for most, more for an opaque folder, which has a marker of its own. */
export function headersOf(entry: TreeEntry): readonly TarHeader[] {
  const { mode, uid, gid, seconds, capability } = entry;
  const shared = { mode, uid, gid, seconds, capability };
  switch (entry.type) {
    case "file":
      return [{ ...shared, name: entry.path, type: "0", size: entry.content.size }];
    case "folder": {
      const folder: TarHeader = { ...shared, name: `${entry.path}/`, type: "5", size: 0 };
      return entry.opaque ? [folder, whiteout(`${entry.path}/.wh..wh..opq`)] : [folder];
    }
    case "symlink":
      return [{ ...shared, name: entry.path, type: "2", link: entry.target, size: 0 }];
    case "hardlink":
      return [{ ...shared, name: entry.path, type: "1", link: entry.target, size: 0 }];
    case "fifo":
      return [{ ...shared, name: entry.path, type: "6", size: 0 }];
    case "character":
    case "block":
      return [
        {
          ...shared,
          name: entry.path,
          type: entry.type === "block" ? "4" : "3",
          size: 0,
          major: entry.major,
          minor: entry.minor,
        },
      ];
    case "whiteout": {
      const cut = entry.path.lastIndexOf("/") + 1;
      return [whiteout(`${entry.path.slice(0, cut)}.wh.${entry.path.slice(cut)}`)];
    }
  }
}

function whiteout(name: string): TarHeader {
  return { name, type: "0", mode: 0, uid: 0, gid: 0, size: 0, seconds: 0 };
}

/** Whole blocks: an extended header where one is needed, then the header itself. Throws a BuildFailure for what no archive can say. */
export function encodeHeader(header: TarHeader): Buffer {
  if (isPlain(header)) return mainBlock(header, header.name, "");
  const records = paxRecords(header);
  if (records.length === 0) return mainBlock(header, header.name, "");
  // A name alone is no reason for an extended header when it can be split.
  if (records.length === 1 && records[0]?.[0] === "path") {
    const split = splitName(header.name);
    if (split) return mainBlock(header, split.name, split.prefix);
  }
  const data = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  if (data.length > maximumHeaderBytes) throw unrepresentable(header.name, "its name or link is too long");
  const extended = paxBlock(header.name, data.length);
  return Buffer.concat([extended, data, Buffer.alloc(paddingOf(data.length)), mainBlock(header, header.name, "")]);
}

/** Most headers: they fit without a further look. */
function isPlain({
  name,
  link,
  uid,
  gid,
  size,
  seconds,
  major,
  minor,
  capability,
  overlayAttribute,
}: TarHeader): boolean {
  if (capability || overlayAttribute || major !== undefined || minor !== undefined) return false;
  if (!shortAscii.test(name) || (link !== undefined && !shortAscii.test(link))) return false;
  return fitsOctal(uid, 8) && fitsOctal(gid, 8) && fitsOctal(size, 12) && fitsOctal(seconds, 12);
}

const shortAscii = /^[\x01-\x7f]{0,100}$/;

type PaxRecord = readonly [key: string, value: Buffer];

/** What the plain header cannot hold, sorted by key. */
function paxRecords(header: TarHeader): readonly PaxRecord[] {
  const records: PaxRecord[] = [];
  const text = (key: string, value: string): void => {
    if (value.includes("\0")) throw unrepresentable(header.name, "its name or link has a NUL character");
    if (Buffer.byteLength(value) > 100 || !isAscii(value)) records.push([key, Buffer.from(value)]);
  };
  const number = (key: string, value: number, width: number): void => {
    if (!fitsOctal(value, width)) records.push([key, Buffer.from(String(value))]);
  };
  if (header.capability) records.push(["SCHILY.xattr.security.capability", Buffer.from(header.capability)]);
  if (header.overlayAttribute) {
    records.push([`SCHILY.xattr.${header.overlayAttribute[0]}`, Buffer.from(header.overlayAttribute[1])]);
  }
  number("gid", header.gid, 8);
  text("linkpath", header.link ?? "");
  number("mtime", header.seconds, 12);
  text("path", header.name);
  number("size", header.size, 12);
  number("uid", header.uid, 8);
  for (const device of [header.major ?? 0, header.minor ?? 0])
    if (!fitsOctal(device, 8)) throw unrepresentable(header.name, `its device number ${device} is too large`);
  return records;
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let size = rest + String(rest).length;
  if (rest + String(size).length !== size) size = rest + String(size).length;
  return Buffer.concat([Buffer.from(`${size} ${key}=`), value, Buffer.from("\n")]);
}

function paxBlock(name: string, size: number): Buffer {
  const cut = name.lastIndexOf("/") + 1;
  const folder = name.slice(0, cut).replace(/\/+$/, "");
  const base = name.slice(cut);
  const full = ascii([folder, "PaxHeaders.0", base].filter((part) => part !== "").join("/"));
  const block = Buffer.alloc(blockSize);
  block.write(full.slice(0, 100).replace(/\/+$/, ""), 0, "latin1");
  octal(block, 0, 100, 8);
  octal(block, 0, 108, 8);
  octal(block, 0, 116, 8);
  octal(block, size, 124, 12);
  octal(block, 0, 136, 12);
  block.write("x", 156, "latin1");
  return seal(block);
}

function mainBlock(header: TarHeader, fullName: string, prefix: string): Buffer {
  // Of Node's pool, unlike `alloc`: headers are many.
  const block = Buffer.allocUnsafe(blockSize).fill(0);
  field(block, ascii(fullName), 0);
  octal(block, header.mode, 100, 8);
  octal(block, header.uid, 108, 8);
  octal(block, header.gid, 116, 8);
  octal(block, header.size, 124, 12);
  octal(block, header.seconds, 136, 12);
  block.write(header.type, 156, "latin1");
  if (header.link) field(block, ascii(header.link), 157);
  octal(block, header.major ?? 0, 329, 8);
  octal(block, header.minor ?? 0, 337, 8);
  if (prefix !== "") block.write(prefix, 345, "latin1");
  return seal(block);
}

/** A name of at most 100 bytes; a folder's that is cut must not look like a folder's by accident. */
function field(block: Buffer, text: string, offset: number): void {
  const kept = text.slice(0, 100);
  block.write(kept, offset, "latin1");
  if (text.length > 100 && kept.endsWith("/")) block[offset + text.slice(0, 99).replace(/\/+$/, "").length] = 0;
}

/** A number too large for its field is zero there: its PAX record tells it. */
function octal(block: Buffer, value: number, offset: number, width: number): void {
  let rest = fitsOctal(value, width) ? value : 0;
  for (let at = offset + width - 2; at >= offset; at--) {
    block[at] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

function seal(block: Buffer): Buffer {
  block.write("ustar\0" + "00", 257, "latin1");
  let sum = 8 * 0x20;
  for (let i = 0; i < blockSize; i++) sum += block[i] ?? 0;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** As ustar divides long names at a slash: at most 155 bytes before it, 100 after. */
function splitName(name: string): { readonly prefix: string; readonly name: string } | undefined {
  if (!isAscii(name)) return undefined;
  // The slash that a folder ends with is no place to split it, but one that comes later than any prefix is not seen.
  const end = name.length > 156 ? 156 : name.endsWith("/") ? name.length - 1 : name.length;
  const cut = name.slice(0, end).lastIndexOf("/");
  const rest = name.slice(cut + 1);
  return cut <= 0 || rest === "" || rest.length > 100 ? undefined : { prefix: name.slice(0, cut), name: rest };
}

function fitsOctal(value: number, width: number): boolean {
  return value >= 0 && value < (width === 8 ? 0o7777777 : 0o77777777777) + 1;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function ascii(text: string): string {
  return isAscii(text) ? text : text.replace(/[^\x01-\x7f]/g, "");
}

function unrepresentable(name: string, why: string): BuildFailure {
  return new BuildFailure("build/not-archivable", `${JSON.stringify(name)} cannot be put into a layer: ${why}.`, {
    hint: "Leave it out with a line in .dockerignore, or rename it.",
  });
}
