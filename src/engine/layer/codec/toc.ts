/** The table of contents of an estargz blob (stargz-snapshotter, `docs/estargz.md`), and the footer that tells where it is. */
import { Readable } from "node:stream";
import { createDeflateRaw } from "node:zlib";
import type { Pace } from "../pace.ts";
import { encodeHeader, paddingOf, trailer } from "../tar/go-tar.ts";
import type { MemberHeader } from "../tar/member.ts";
import { combineCrc32, crc32 } from "./crc32.ts";
import { gzipHead, gzipTail } from "./gzip-frame.ts";

export const tocName = "stargz.index.json";

export const tocAnnotations = {
  digest: "containerd.io/snapshot/stargz/toc.digest",
  size: "io.containers.estargz.uncompressed-size",
} as const;

/** One entry, in the words of the table. Offsets are of the gzip member that begins with the content. */
export interface TocEntry {
  readonly name: string;
  readonly type: "dir" | "reg" | "symlink" | "hardlink" | "char" | "block" | "fifo" | "chunk";
  readonly size?: number;
  readonly modtime?: string;
  readonly linkName?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  offset?: number;
  readonly devMajor?: number;
  readonly devMinor?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  digest?: string | undefined;
  readonly chunkOffset?: number;
  readonly chunkSize?: number;
  chunkDigest?: string;
}

const types: Readonly<Record<string, TocEntry["type"]>> = {
  "0": "reg",
  "7": "reg",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "dir",
  "6": "fifo",
};

/** What a header says; undefined for what the table has no word for. Zeros are left out, as Go leaves them out. */
export function tocEntry(header: MemberHeader): TocEntry | undefined {
  const type = types[header.type];
  if (type === undefined) return undefined;
  const { size, seconds, link, mode, uid, gid, major, minor, capability } = header;
  return {
    name: header.name,
    type,
    ...(size > 0 ? { size } : {}),
    ...(seconds === 0 ? {} : { modtime: new Date(seconds * 1000).toISOString().replace(".000Z", "Z") }),
    ...(link === "" ? {} : { linkName: link }),
    ...(mode === 0 ? {} : { mode }),
    ...(uid === 0 ? {} : { uid }),
    ...(gid === 0 ? {} : { gid }),
    ...(major === 0 ? {} : { devMajor: major }),
    ...(minor === 0 ? {} : { devMinor: minor }),
    ...(capability === undefined
      ? {}
      : { xattrs: { "security.capability": Buffer.from(capability).toString("base64") } }),
  };
}

/** The table as JSON, in pieces: of a large layer it is longer than a string may be. */
export async function renderToc(entries: readonly TocEntry[], pace: Pace): Promise<readonly Buffer[]> {
  const pieces = [Buffer.from('{"version":1,"entries":[')];
  for (let at = 0; at < entries.length; at += 1000) {
    const lines = entries.slice(at, at + 1000).map((entry) => JSON.stringify(entry));
    pieces.push(Buffer.from(`${at === 0 ? "" : ","}\n${lines.join(",\n")}`));
    if (pace.over) await pace.rest();
  }
  pieces.push(Buffer.from("\n]}"));
  return pieces;
}

/** The table as the last member of the archive, with the archive's end. */
export function tocMember(json: readonly Buffer[]): readonly Uint8Array[] {
  const size = json.reduce((bytes, piece) => bytes + piece.length, 0);
  const header = encodeHeader({ name: tocName, type: "0", mode: 0, uid: 0, gid: 0, size, seconds: 0 });
  return [header, ...json, new Uint8Array(paddingOf(size)), trailer];
}

/** One gzip member of all the pieces, as it is made. */
export async function* gzipMember(pieces: readonly Uint8Array[], level: number): AsyncGenerator<Uint8Array> {
  let crc = 0;
  let length = 0;
  for (const piece of pieces) {
    crc = combineCrc32(crc, crc32(piece), piece.length);
    length += piece.length;
  }
  yield gzipHead;
  const deflated = Readable.from(pieces).pipe(createDeflateRaw({ level }));
  for await (const bytes of deflated) if (bytes instanceof Uint8Array) yield bytes;
  yield gzipTail(crc, length);
}

/** 51 bytes: an empty gzip member with the offset of the table in its extra field. */
export function tocFooter(offset: number): Buffer {
  const field = Buffer.from(`${offset.toString(16).padStart(16, "0")}STARGZ`);
  const extra = Buffer.concat([Buffer.from("SG"), Buffer.of(field.length, 0), field]);
  const head = Buffer.from(gzipHead);
  head[3] = 4;
  return Buffer.concat([head, Buffer.of(extra.length, 0), extra, Buffer.of(1, 0, 0, 0xff, 0xff), Buffer.alloc(8)]);
}
