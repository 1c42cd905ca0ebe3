/** Reads an image down to the files in its layers, from wherever its blobs are, as one value that two programs' images are compared by. */
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { createZstdDecompress } from "../../../src/engine/layer/codec/zstd-library.ts";
import { isList, isRecord, type Json, parseJson } from "./mask.ts";

/** Gets a blob, or a manifest, by its digest. */
export type ReadBlob = (digest: string, mediaType: string) => Promise<Uint8Array | undefined>;

/** A descriptor with what it describes in the place of its digest; the digest itself stands beside. */
export async function readDescriptor(descriptor: Json, read: ReadBlob): Promise<Json> {
  if (!isRecord(descriptor)) return descriptor;
  const { digest, mediaType } = descriptor;
  if (typeof digest !== "string" || typeof mediaType !== "string") return descriptor;
  const bytes = await read(digest, mediaType);
  if (bytes === undefined) return { ...descriptor, content: "<absent>" };
  return { ...descriptor, content: await readContent(mediaType, bytes, read) };
}

async function readContent(mediaType: string, bytes: Uint8Array, read: ReadBlob): Promise<Json> {
  if (/layer|rootfs/.test(mediaType)) return { encoding: encodingOf(bytes), files: await readLayer(bytes) };
  if (!mediaType.endsWith("json")) return createHash("sha256").update(bytes).digest("hex");
  return readLinks(parseJson(bytes), read);
}

/** The descriptors in an index or a manifest, each with its content. */
export async function readLinks(document: Json, read: ReadBlob): Promise<Json> {
  if (!isRecord(document)) return document;
  const follow = async (items: readonly Json[]): Promise<Json> =>
    Promise.all(items.map((item) => readDescriptor(item, read)));
  const { config, layers, manifests } = document;
  return {
    ...document,
    ...(isRecord(config) && "digest" in config ? { config: await readDescriptor(config, read) } : {}),
    ...(layers !== undefined && isList(layers) ? { layers: await follow(layers) } : {}),
    ...(manifests !== undefined && isList(manifests) ? { manifests: await follow(manifests) } : {}),
  };
}

function encodingOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 4)).toString("hex");
  if (start.startsWith("1f8b")) return "gzip";
  return start === "28b52ffd" ? "zstd" : "none";
}

/** What a layer holds; times are left out, as each program that does the work does it at another time. */
export async function readLayer(bytes: Uint8Array): Promise<Json> {
  const encoding = encodingOf(bytes);
  const tar = encoding === "gzip" ? gunzipSync(bytes) : encoding === "zstd" ? await unpackZstd(bytes) : bytes;
  const entries: Json[] = [];
  for await (const { header, content } of entriesOf(tar)) entries.push(describeEntry(header, content));
  return entries;
}

async function unpackZstd(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = createZstdDecompress();
  stream.end(bytes);
  return buffer(stream);
}

export interface Entry {
  readonly header: Header;
  readonly content: Buffer;
}

export async function* entriesOf(tar: Uint8Array): AsyncGenerator<Entry> {
  const reader = extract();
  reader.end(Buffer.from(tar));
  for await (const entry of reader) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    yield { header: entry.header, content: Buffer.concat(parts) };
  }
}

/** One line an entry: differences are read by people. */
export function describeEntry({ name, type, mode = 0, uid, gid, linkname }: Header, content: Buffer): string {
  const target = linkname ? ` -> ${linkname}` : "";
  const digest = content.length === 0 ? "" : ` ${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
  return `${type} ${mode.toString(8)} ${uid}:${gid} ${name}${target}${digest}`;
}
