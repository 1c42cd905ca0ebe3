/** OCI archives as the probes list them, read by another implementation than the one that wrote them. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { contextTime, type ExpectedImage, epoch } from "./case.ts";

export type Image = Omit<ExpectedImage, "out">;

/** With what no probe says. */
export interface WholeImage extends Image {
  readonly mediaTypes: readonly string[];
  readonly annotations: unknown;
}

export interface PlatformImage extends WholeImage {
  readonly platform: unknown;
}

type Members = ReadonlyMap<string, { readonly headers: Header; readonly content: Buffer }>;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly os: string };
}

/** One image, or those of an index without its attestations. */
export async function readImage(file: string): Promise<WholeImage | { readonly index: readonly PlatformImage[] }> {
  const archive = await readTar(createReadStream(file));
  const index = JSON.parse(member(archive, "index.json"));
  const top: Descriptor = index.manifests[0];
  if (!/index|list/.test(top.mediaType)) return imageOf(archive, top);
  const { manifests }: { readonly manifests: readonly Descriptor[] } = JSON.parse(blob(archive, top.digest));
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  return {
    index: await Promise.all(
      images.map(async (each) => ({ platform: each.platform, ...(await imageOf(archive, each)) })),
    ),
  };
}

async function imageOf(archive: Members, { digest }: Descriptor): Promise<WholeImage> {
  const manifest = JSON.parse(blob(archive, digest));
  const { history, rootfs, created: _, ...config } = JSON.parse(blob(archive, manifest.config.digest));
  const layers: readonly Descriptor[] = manifest.layers ?? [];
  return {
    config,
    history: (history ?? []).map((entry: { readonly created_by: string; readonly empty_layer?: boolean }) => [
      entry.created_by,
      entry.empty_layer === true,
    ]),
    ndiff: rootfs.diff_ids?.length ?? 0,
    layers: await Promise.all(layers.map((layer) => listLayer(layer, blobBytes(archive, layer.digest)))),
    layer_digests: layers.map((layer) => layer.digest),
    mediaTypes: layers.map((layer) => layer.mediaType),
    annotations: manifest.annotations,
  };
}

const letters: Readonly<Record<string, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  link: "h",
  fifo: "p",
  "character-device": "c",
  "block-device": "b",
};

/** Of a layer that is not compressed: `type mode uid:gid [size] /path [-> link] @time ["content"]`, as `cases.json` has it. */
async function listLayer({ mediaType }: Descriptor, bytes: Buffer): Promise<readonly string[]> {
  if (mediaType.includes("+")) return [];
  const lines: string[] = [];
  for (const { headers, content } of (await readTar(Readable.from([bytes]))).values())
    lines.push(lineOf(headers, content));
  return lines;
}

function lineOf(headers: Header, content: Buffer): string {
  const { name, type, mode = 0, mtime, linkname, devmajor = 0, devminor = 0, pax } = headers;
  // Numbers that do not fit a plain header.
  const extended: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(pax ?? {}));
  const { uid = headers.uid ?? 0, gid = headers.gid ?? 0 } = extended;
  const size = type === "file" ? ` ${content.length}` : "";
  const link = linkname && (type === "symlink" || type === "link") ? ` -> ${linkname}` : "";
  const device = type?.endsWith("-device") ? ` ${devmajor},${devminor}` : "";
  const attributes = Object.entries(extended).filter(([key]) => key.startsWith("SCHILY"));
  const shownAttributes = attributes.length === 0 ? "" : ` ${JSON.stringify(Object.fromEntries(attributes))}`;
  const text = type === "file" && content.length > 0 && content.length <= 80 ? ` ${quoted(content)}` : "";
  const permissions = mode.toString(8).padStart(4, "0");
  const letter = letters[type ?? ""] ?? "?";
  return `${letter} ${permissions} ${uid}:${gid}${size} /${name}${link}${device} @${timeOf(extended.mtime ?? (mtime?.getTime() ?? 0) / 1000)}${shownAttributes}${text}`;
}

function timeOf(time: number | string): string {
  const seconds = Math.floor(Number(time));
  if (seconds === epoch) return "E";
  return seconds === contextTime ? "C" : String(seconds);
}

/** As Python's `json.dumps` writes it: ASCII only. */
function quoted(content: Buffer): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function readTar(stream: Readable): Promise<Members> {
  const members = new Map<string, { readonly headers: Header; readonly content: Buffer }>();
  for await (const entry of stream.pipe(extract())) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) if (piece instanceof Buffer) pieces.push(piece);
    members.set(entry.header.name, { headers: entry.header, content: Buffer.concat(pieces) });
  }
  return members;
}

function member(archive: Members, name: string): string {
  return bytesOf(archive, name).toString();
}

function blob(archive: Members, digest: string): string {
  return blobBytes(archive, digest).toString();
}

function blobBytes(archive: Members, digest: string): Buffer {
  return bytesOf(archive, `blobs/sha256/${digest.slice("sha256:".length)}`);
}

function bytesOf(archive: Members, name: string): Buffer {
  const found = archive.get(name);
  if (found === undefined) throw new Error(`the archive has no ${name}`);
  return found.content;
}
