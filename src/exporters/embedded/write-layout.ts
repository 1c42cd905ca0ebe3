/** An image as an OCI layout: in one archive (`type=oci`, `type=docker`) or, with `tar=false`, in a folder. */
import { constants } from "node:fs";
import { chmod, copyFile, link, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { compareBytes } from "../../base/text.ts";
import { encodeHeader } from "../../engine/layer/tar/go-tar.ts";
import { blobPath, dockerArchiveManifest, layoutIndex, layoutMarker } from "../../oci/layout.ts";
import type { ImageReference } from "../../oci/reference.ts";
import { writeProblem } from "../problems.ts";
import { ArchiveStream } from "./archive-stream.ts";
import type { ComposedImage } from "./compose-image.ts";

export interface LayoutOptions {
  readonly names: readonly ImageReference[];
  /** With `manifest.json`, for engines that read no layouts. The image has one platform then. */
  readonly docker: boolean;
  /** Layers are further links to the files of the cache: for folders that nobody but the engine writes to. */
  readonly links?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (current: number, total: number) => void;
}

interface LayoutFile {
  readonly name: string;
  readonly mode: number;
  readonly sizeBytes: number;
  /** The content, or the file that has it. */
  readonly content: Uint8Array | (() => Promise<string>);
}

/** Ends the stream. Sorted by name, times at zero: the same image is the same archive. */
export async function writeLayoutArchive(
  image: ComposedImage,
  stream: Writable,
  options: LayoutOptions,
): Promise<void> {
  const files = layoutFiles(image, options);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { signal, onProgress } = options;
  const archive = new ArchiveStream(stream, {
    signal,
    onProgress: (bytes) => onProgress?.(Math.min(bytes, total), total),
  });
  const folders = [...new Set(files.flatMap(({ name }) => foldersOf(name)))].sort(compareBytes);
  for (const name of folders) await archive.write(header(name, 0o755, 0));
  for (const file of files) {
    await archive.write(header(file.name, file.mode, file.sizeBytes));
    if (typeof file.content === "function") await archive.copyFile(await file.content(), file.sizeBytes);
    else {
      await archive.write(file.content);
      await archive.pad(file.sizeBytes);
    }
  }
  await archive.end();
}

/** Writes into a folder that is there. What it holds under the same digest already stays. */
export async function writeLayoutFolder(image: ComposedImage, folder: string, options: LayoutOptions): Promise<void> {
  const files = layoutFiles(image, options);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let current = 0;
  try {
    for (const name of new Set(files.flatMap((file) => foldersOf(file.name)))) {
      await mkdir(join(folder, name), { recursive: true });
    }
    for (const file of files) {
      options.signal.throwIfAborted();
      await place(file, join(folder, file.name), options.links === true);
      current += file.sizeBytes;
      options.onProgress?.(current, total);
    }
  } catch (error) {
    throw writeProblem(folder, error);
  }
}

function layoutFiles(image: ComposedImage, { names, docker }: LayoutOptions): readonly LayoutFile[] {
  const encoder = new TextEncoder();
  const text = (name: string, mode: number, document: string): LayoutFile => {
    const content = encoder.encode(document);
    return { name, mode, sizeBytes: content.length, content };
  };
  const [only] = image.images;
  const files = [
    ...image.documents.map(
      ({ descriptor, bytes }): LayoutFile => ({
        name: blobPath(descriptor),
        mode: 0o444,
        sizeBytes: bytes.length,
        content: bytes,
      }),
    ),
    ...image.layers.map(
      ({ descriptor, file }): LayoutFile => ({
        name: blobPath(descriptor),
        mode: 0o444,
        sizeBytes: descriptor.size,
        content: file,
      }),
    ),
    text("index.json", 0o644, layoutIndex(image.top, names, image.created)),
    text("oci-layout", 0o444, layoutMarker),
    ...(docker && only !== undefined
      ? [text("manifest.json", 0o644, dockerArchiveManifest(only.config.descriptor, only.layers, names))]
      : []),
  ];
  return files.sort((a, b) => compareBytes(a.name, b.name));
}

function header(name: string, mode: number, size: number): Uint8Array {
  return encodeHeader({ name, type: name.endsWith("/") ? "5" : "0", mode, size, uid: 0, gid: 0, seconds: 0 });
}

/** `blobs/` and `blobs/sha256/` of a blob. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, i) => `${parts.slice(0, i + 1).join("/")}/`);
}

async function place({ content, mode }: LayoutFile, path: string, links: boolean): Promise<void> {
  if (typeof content !== "function") await writeFile(path, content);
  else {
    const file = await content();
    if (links && (await linked(file, path))) return;
    // A clone where the file system can; never a link in the user's folders, through which the cache could be changed.
    await copyFile(file, path, constants.COPYFILE_FICLONE);
  }
  await chmod(path, mode);
  await synced(path);
}

/** False where there are no links: between file systems, or in one without. */
async function linked(file: string, path: string): Promise<boolean> {
  return await link(file, path).then(
    () => true,
    () => false,
  );
}

async function synced(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
