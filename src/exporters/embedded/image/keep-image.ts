/**
 * The images of the embedded engine: in a room of its store, an OCI layout for each name. Blobs are further links to the files of the store,
 * so that an image costs no space as long as the cache has its layers, and is whole when it has not any more. Each layout is one folder, which
 * pruning takes or leaves as a whole.
 */
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoCode } from "../../../base/errors.ts";
import { imageFolder } from "../../../engine/source/kept-images.ts";
import { removeTree } from "../../../execute/remove-tree.ts";
import { removeLeftovers, stagingName } from "../../../execute/staging-name.ts";
import type { ImageReference } from "../../../oci/reference.ts";
import type { ComposedImage } from "../compose-image.ts";
import { fetchLayers } from "../encode-layers.ts";
import { writeLayoutFolder } from "../write-layout.ts";

export interface KeepOptions {
  /** The room. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A name that is given again moves. Nothing of the image is seen under a name before all of it is there. */
export async function keepImage(
  image: ComposedImage,
  names: readonly ImageReference[],
  { folder, signal }: KeepOptions,
): Promise<void> {
  await fetchLayers(image.layers, signal);
  await removeLeftovers(folder);
  for (const name of names) {
    const staged = join(folder, stagingName("image"));
    try {
      await mkdir(staged, { mode: 0o700 });
      await writeLayoutFolder(image, staged, { names: [name], docker: false, signal, links: true });
      await exchange(staged, join(folder, imageFolder(name)));
    } finally {
      await removeTree(staged);
    }
  }
}

/** Puts the staged folder in its place; what was there goes. Others may do the same at the same time: the last one stays. */
async function exchange(staged: string, place: string): Promise<void> {
  const aside = join(dirname(place), stagingName("old"));
  for (;;) {
    if (await moved(staged, place)) return;
    try {
      await rename(place, aside);
    } catch (error) {
      // Somebody else has just taken it away.
      if (errnoCode(error) !== "ENOENT") throw error;
    }
    try {
      if (await moved(staged, place)) return;
    } finally {
      await removeTree(aside);
    }
  }
}

/** False when something is there already. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errnoCode(error) === "ENOTEMPTY" || errnoCode(error) === "EEXIST") return false;
    throw error;
  }
}
