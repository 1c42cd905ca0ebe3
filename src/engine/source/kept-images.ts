/**
 * The images that builds have kept in the store (`type=image` that is not pushed): an OCI layout for each name, in a room of its own. What
 * somebody builds on by its name is looked for there first, as in the store of a Docker engine.
 */
import { createHash } from "node:crypto";
import { stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import type { Platform } from "../../oci/platform.ts";
import { formatReference, type ImageReference } from "../../oci/reference.ts";
import type { EngineStore } from "../store/store.ts";
import { resolveLayout } from "./layout-source.ts";
import type { ResolvedImage } from "./sources.ts";

/** The room of the store. */
export const imageRoom = "images";

/** The name of the layout in its room: for people, and different for different names. */
export function imageFolder(name: ImageReference): string {
  const text = formatReference(name);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return `${text.replace(/[^A-Za-z0-9.-]+/g, "_").slice(0, 100)}-${hash}`;
}

export interface KeptImagesOptions {
  readonly store: EngineStore;
  readonly nowMs: () => number;
  readonly onTrouble: (message: string) => void;
}

/** Undefined when nothing is kept under that name (with its tag), or not for the platform. */
export async function findKeptImage(
  name: ImageReference,
  platform: Platform,
  options: KeptImagesOptions & { readonly signal: AbortSignal },
): Promise<ResolvedImage | undefined> {
  const { store, nowMs, onTrouble, signal } = options;
  const folder = join(store.folder, imageRoom, imageFolder(name));
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  // From here on pruning leaves it.
  await store.room(imageRoom);
  const shown = formatReference(name);
  try {
    const image = await resolveLayout({ folder, platform }, signal);
    const now = new Date(nowMs());
    await utimes(folder, now, now);
    return { ...image, name: formatReference({ ...name, digest: image.digest }) };
  } catch (error) {
    signal.throwIfAborted();
    const isElsewhere = error instanceof TsbakeError && error.code === "engine/no-platform";
    if (!isElsewhere) onTrouble(`the kept image ${shown} cannot be used: ${messageOf(error)}; asking its registry`);
    return undefined;
  }
}
