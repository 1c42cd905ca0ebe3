/** Images of folders in OCI layout. */
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, messageOf, type TsbakeError } from "../../base/errors.ts";
import { isRecord } from "../../base/json-shape.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestHex, sha256Digest } from "../../oci/digest.ts";
import { readDescriptor } from "../../oci/read-document.ts";
import { chooseImage, type ImagePlace } from "./choose-image.ts";
import { noLayout, notInLayout } from "./problems.ts";
import type { LayoutRequest, ResolvedImage } from "./sources.ts";

const refName = "org.opencontainers.image.ref.name";
const imageName = "io.containerd.image.name";
const pieceBytes = 1 << 20;
const largestDocumentBytes = 16 << 20;

/** Rejects with a TsbakeError when the folder has no such image, or a damaged one. */
export async function resolveLayout(request: LayoutRequest, signal: AbortSignal): Promise<ResolvedImage> {
  const { folder, tag, platform } = request;
  signal.throwIfAborted();
  const digest = request.digest ?? chooseEntry(folder, tag, await readIndex(folder)).digest;
  const place: ImagePlace = {
    name: `oci-layout://${folder}${tag === undefined ? "" : `:${tag}`}@${digest}`,
    manifest: (each) => readDocument(folder, each),
    config: (each) => readDocument(folder, each.digest),
    layer: (descriptor) => ({
      descriptor,
      fetch: async (fetchSignal, offset = 0) => readBlob(folder, descriptor, { offset, signal: fetchSignal }),
    }),
  };
  return (await chooseImage(place, digest, platform)).image;
}

export async function readIndex(folder: string): Promise<readonly Descriptor[]> {
  await readText(folder, "oci-layout");
  const document = parseJson(await readText(folder, "index.json"));
  if (!isRecord(document) || !Array.isArray(document.manifests)) throw noLayout(folder, "its index.json is no index");
  return document.manifests.map(readDescriptor).filter((each) => each !== undefined);
}

/** Of that name; without one the latest, or the only one. */
export function chooseEntry(folder: string, tag: string | undefined, entries: readonly Descriptor[]): Descriptor {
  const named = (name: string): Descriptor | undefined =>
    entries.find(({ annotations }) => annotations?.[imageName] === name) ??
    entries.find(({ annotations }) => annotations?.[refName] === name);
  const [only, ...others] = new Map(entries.map((each) => [each.digest, each])).values();
  const found = named(tag ?? "latest") ?? (tag === undefined && others.length === 0 ? only : undefined);
  if (found !== undefined) return found;
  const names = entries.flatMap(({ annotations }) => annotations?.[refName] ?? annotations?.[imageName] ?? []);
  throw notInLayout(folder, tag === undefined ? "of that kind alone" : `tagged ${JSON.stringify(tag)}`, [
    ...new Set(names),
  ]);
}

export async function readDocument(folder: string, digest: Digest): Promise<Uint8Array> {
  const file = await openBlob(folder, digest);
  try {
    const { size } = await file.stat();
    if (size > largestDocumentBytes) throw noLayout(folder, `its document ${digest} is too large`);
    const bytes = await file.readFile();
    if (sha256Digest(bytes) !== digest) throw noLayout(folder, `its blob ${digest} is damaged`);
    return bytes;
  } finally {
    await file.close();
  }
}

export async function* readBlob(
  folder: string,
  { digest, size }: Descriptor,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const file = await openBlob(folder, digest);
  try {
    const actual = (await file.stat()).size;
    if (actual !== size) throw noLayout(folder, `its blob ${digest} has ${actual} bytes, not ${size}`);
    for (let at = offset; ; ) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function openBlob(folder: string, digest: Digest) {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw noLayout(folder, `${digest} is no digest by SHA-256`);
  try {
    return await open(join(folder, "blobs", "sha256", digestHex(digest)), "r");
  } catch (error) {
    throw unreadable(folder, error, `it has no blob ${digest}`);
  }
}

async function readText(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    throw unreadable(folder, error, `it has no file ${name}`);
  }
}

function unreadable(folder: string, error: unknown, missing: string): TsbakeError {
  const code = errnoCode(error);
  return noLayout(folder, code === "ENOENT" || code === "ENOTDIR" ? missing : messageOf(error));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
