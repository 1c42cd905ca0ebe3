/** Headers of tar archives as anybody may have written them: V7, ustar, GNU, PAX. */
import { blockSize } from "./go-tar.ts";

export interface MemberHeader {
  /** As written, with a trailing slash or without. */
  readonly name: string;
  /** The letter in the header; `0` for the NUL of old. */
  readonly type: string;
  readonly link: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the content that follows. */
  readonly size: number;
  /** Whole, rounded down. */
  readonly seconds: number;
  readonly major: number;
  readonly minor: number;
  readonly capability?: Uint8Array;
}

/** What is wrong with an archive; whoever reads it says which one. */
export class ArchiveProblem extends Error {
  override readonly name = "ArchiveProblem";
}

/** Throws an ArchiveProblem when it is no header. */
export function parseHeader(block: Buffer): MemberHeader {
  if (!hasValidSum(block))
    throw new ArchiveProblem("a header has a wrong checksum: it is cut, damaged, or no tar archive");
  const posix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = posix ? textAt(block, 345, 155) : "";
  const name = textAt(block, 0, 100);
  const modern = block.toString("latin1", 257, 262) === "ustar";
  const type = block[156] === 0 ? "0" : String.fromCharCode(block[156] ?? 0);
  const full = prefix === "" ? name : `${prefix}/${name}`;
  return {
    name: full,
    type,
    link: textAt(block, 157, 100),
    mode: numberAt(block, 100, 8),
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    size: numberAt(block, 124, 12),
    seconds: numberAt(block, 136, 12),
    major: modern ? numberAt(block, 329, 8) : 0,
    minor: modern ? numberAt(block, 337, 8) : 0,
  };
}

/** The header with what extended headers said of it. Of old a folder is a file whose name ends with a slash. */
export function extended(plain: MemberHeader, records: ReadonlyMap<string, Buffer>): MemberHeader {
  const header = records.size === 0 ? plain : withRecords(plain, records);
  return (header.type === "0" || header.type === "7") && header.name.endsWith("/") ? { ...header, type: "5" } : header;
}

function withRecords(header: MemberHeader, records: ReadonlyMap<string, Buffer>): MemberHeader {
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse.")))
    throw new ArchiveProblem(
      `${JSON.stringify(header.name)} is stored as a sparse file; write the archive without --sparse`,
    );
  const text = (key: string, otherwise: string): string => {
    const value = records.get(key);
    return value === undefined ? otherwise : decodeText(value);
  };
  const number = (key: string, otherwise: number): number => {
    const value = records.get(key);
    return value === undefined ? otherwise : decimal(key, value);
  };
  const capability = records.get("SCHILY.xattr.security.capability");
  return {
    ...header,
    name: text("path", header.name),
    link: text("linkpath", header.link),
    uid: number("uid", header.uid),
    gid: number("gid", header.gid),
    size: number("size", header.size),
    seconds: number("mtime", header.seconds),
    ...(capability === undefined ? {} : { capability }),
  };
}

/** The records of a PAX header: `length key=value\n`. */
export function parseRecords(data: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let start = 0; start < data.length; ) {
    const space = data.indexOf(0x20, start);
    const length = space === -1 ? Number.NaN : Number(data.toString("latin1", start, space));
    const end = start + length;
    const equals = data.indexOf(0x3d, space);
    if (!(length > 0) || end > data.length || data[end - 1] !== 0x0a || equals === -1 || equals >= end)
      throw new ArchiveProblem("an extended header is damaged");
    records.set(data.toString("utf8", space + 1, equals), data.subarray(equals + 1, end - 1));
    start = end;
  }
  return records;
}

/** The text of a field or of a GNU long name, up to its NUL. */
export function decodeText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const field = end === -1 ? bytes : bytes.subarray(0, end);
  try {
    return strict.decode(field);
  } catch {
    throw new ArchiveProblem(`${JSON.stringify(field.toString("latin1"))} is a name that is not UTF-8`);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function hasValidSum(block: Buffer): boolean {
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let i = 0; i < blockSize; i++) {
    if (i >= 148 && i < 156) continue;
    const byte = block[i] ?? 0;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const field = block
    .toString("latin1", 148, 156)
    .replace(/[\0 ]+$/, "")
    .trimStart();
  const stored = /^[0-7]+$/.test(field) ? Number.parseInt(field, 8) : -1;
  return stored === unsigned || stored === signed;
}

function textAt(block: Buffer, offset: number, width: number): string {
  let end = offset;
  let plain = true;
  for (; end < offset + width && block[end] !== 0; end++) if ((block[end] ?? 0) > 0x7f) plain = false;
  return plain ? block.toString("latin1", offset, end) : decodeText(block.subarray(offset, end));
}

/** Octal digits, or a number of base 256 where the first bit is set. */
function numberAt(block: Buffer, offset: number, width: number): number {
  const first = block[offset] ?? 0;
  if (first & 0x80) return base256(block.subarray(offset, offset + width));
  let value = 0;
  let digits = false;
  for (let i = offset; i < offset + width; i++) {
    const byte = block[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x37) {
      value = value * 8 + byte - 0x30;
      digits = true;
    } else if (byte === 0 || (byte === 0x20 && digits)) {
      return value;
    } else if (byte !== 0x20) {
      throw new ArchiveProblem("a number of a header is damaged");
    }
  }
  return value;
}

/** Two's complement below the bit that announces it. */
function base256(bytes: Buffer): number {
  const result = Number(BigInt.asIntN(8 * bytes.length - 1, BigInt(`0x${bytes.toString("hex")}`)));
  if (!Number.isSafeInteger(result)) throw new ArchiveProblem("a number of a header is too large");
  return result;
}

function decimal(key: string, value: Buffer): number {
  const text = value.toString("latin1");
  const number = /^-?\d+(?:\.\d*)?$/.test(text) ? Math.floor(Number(text)) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new ArchiveProblem(`an extended header has ${key}=${JSON.stringify(text)}`);
  return number;
}
