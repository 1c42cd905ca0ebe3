/**
 * The images of the embedded engine: one OCI layout in its store. An image is kept as long as it has a name; a name that is given again
 * moves. Blobs are further links to the files of the store, so that an image costs no space as long as the cache has its layers.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoCode } from "../../../base/errors.ts";
import { type Descriptor, isManifestType, mediaTypes } from "../../../oci/descriptor.ts";
import { renderLayoutIndex } from "../../../oci/image-json.ts";
import { blobPath, layoutMarker, nameAnnotation, namedDescriptors } from "../../../oci/layout.ts";
import { readReferences } from "../../../oci/read-document.ts";
import type { ImageReference } from "../../../oci/reference.ts";
import type { ComposedImage } from "../compose-image.ts";
import { fetchLayers } from "../encode-layers.ts";
import { withLock } from "./image-lock.ts";

/** `folder` is the layout. Nothing of the image is seen before all of it is there. */
export async function keepImage(
  image: ComposedImage,
  names: readonly ImageReference[],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  // Layers of base images may have to be fetched: not while others wait.
  await fetchLayers(image.layers, signal);
  const files = await Promise.all(
    image.layers.map(async ({ descriptor, file }) => ({ descriptor, path: await file() })),
  );
  await mkdir(join(folder, "blobs", "sha256"), { recursive: true });
  await withLock(join(folder, "index.lock"), signal, async () => {
    for (const { descriptor, path } of files) await place(join(folder, blobPath(descriptor)), path);
    for (const { descriptor, bytes } of image.documents) await replace(join(folder, blobPath(descriptor)), bytes);
    await replace(join(folder, "oci-layout"), layoutMarker);
    const own = namedDescriptors(image.top, names, image.created);
    const given = new Set(own.map(nameOf));
    const others = (await keptImages(folder)).filter((each) => !given.has(nameOf(each)));
    const manifests = [...others, ...own];
    await replace(join(folder, "index.json"), renderLayoutIndex({ mediaType: mediaTypes.ociIndex, manifests }));
    await sweep(folder, manifests);
  });
}

/** What the layout lists; nothing when there is none, or none that can be read. */
async function keptImages(folder: string): Promise<readonly Descriptor[]> {
  const text = await readFile(join(folder, "index.json"), "utf8").catch(() => "");
  return readReferences(text);
}

function nameOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[nameAnnotation];
}

async function place(path: string, file: string): Promise<void> {
  try {
    await link(file, path);
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return;
    // Another file system, or one that knows no links.
    const staged = `${path}.${randomBytes(6).toString("hex")}`;
    await copyFile(file, staged, constants.COPYFILE_FICLONE);
    await rename(staged, path);
  }
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const staged = join(dirname(path), `.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(staged, content, { flush: true });
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}

/** Removes blobs that no listed image refers to. */
async function sweep(folder: string, manifests: readonly Descriptor[]): Promise<void> {
  const needed = new Set<string>();
  const visit = async (descriptor: Descriptor): Promise<void> => {
    if (needed.has(descriptor.digest)) return;
    needed.add(descriptor.digest);
    if (!isManifestType(descriptor.mediaType)) return;
    const text = await readFile(join(folder, blobPath(descriptor)), "utf8").catch(() => "");
    for (const each of readReferences(text)) await visit(each);
  };
  for (const each of manifests) await visit(each);
  for (const name of await readdir(join(folder, "blobs", "sha256"))) {
    if (!needed.has(`sha256:${name}`)) await rm(join(folder, "blobs", "sha256", name), { force: true });
  }
}
