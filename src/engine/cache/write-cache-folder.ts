/**
 * A cache in a folder in OCI layout, which may hold others under other tags. Every file is staged beside its place and renamed, `index.json`
 * last: readers find the cache that was there before, or the new one.
 */
import { constants, copyFile, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { isRecord } from "../../base/json-shape.ts";
import { allOrNone } from "../../execute/all-or-none.ts";
import { withLock } from "../../execute/folder-lock.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { lockName, removeLeftovers, stagingName } from "../../execute/staging-name.ts";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import { renderLayoutIndex } from "../../oci/image-json.ts";
import { blobPath, layoutMarker, refNameAnnotation } from "../../oci/layout.ts";
import { readDescriptor } from "../../oci/read-document.ts";
import { Turns } from "../layer/turns.ts";
import type { ComposedCache, WriteOptions } from "./write-cache.ts";

export interface CacheFolder {
  /** Absolute. */
  readonly folder: string;
  readonly tag: string;
}

const copiesAtOnce = 4;
/** Of `index.json`: several builds of a run may have the same folder, and several processes. */
const turns = new Turns();
/** Each changes it within milliseconds. */
const patience = { patienceMs: 60_000, mostSilentMs: 20_000 };

/** Rejects with a TsbakeError when the folder cannot be written. */
export async function writeCacheFolder(
  { blobs, config, manifest }: ComposedCache,
  { folder, tag }: CacheFolder,
  { signal, onProgress }: Pick<WriteOptions, "signal" | "onProgress">,
): Promise<void> {
  try {
    await mkdir(join(folder, "blobs", "sha256"), { recursive: true });
    for (const each of [folder, join(folder, "blobs", "sha256")]) await removeLeftovers(each);
    await allOrNone(blobs, { atOnce: copiesAtOnce, signal }, async ({ descriptor, file }) => {
      const path = join(folder, blobPath(descriptor));
      if (!(await isThere(path, descriptor))) {
        const source = await file();
        await staged(path, (stage) => copyFile(source, stage, constants.COPYFILE_FICLONE));
      }
      const { digest, size } = descriptor;
      onProgress({ id: `writing layer ${digest}`, current: size, total: size });
    });
    for (const { descriptor, bytes } of [config, manifest]) {
      await staged(join(folder, blobPath(descriptor)), (stage) => writeFile(stage, bytes));
    }
    await staged(join(folder, "oci-layout"), (stage) => writeFile(stage, layoutMarker));
    signal.throwIfAborted();
    await turns.take(folder, () =>
      withLock(join(folder, lockName("index.json")), { signal, ...patience }, () =>
        tagManifest(folder, tag, manifest.descriptor),
      ),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TsbakeError || error instanceof BuildFailure || errnoCode(error) === undefined) throw error;
    throw new TsbakeError("engine/cache-unwritable", `the cache ${folder} cannot be written: ${messageOf(error)}`, {
      hint: "see whether there is space and whether the folder is yours to write; ignore-error=true builds without it",
      cause: error,
    });
  }
}

async function tagManifest(folder: string, tag: string, descriptor: Descriptor): Promise<void> {
  const path = join(folder, "index.json");
  const others = (await manifestsOf(path)).filter(({ annotations }) => annotations?.[refNameAnnotation] !== tag);
  const manifests = [...others, { ...descriptor, annotations: { [refNameAnnotation]: tag } }];
  await staged(path, (stage) => writeFile(stage, renderLayoutIndex({ mediaType: mediaTypes.ociIndex, manifests })));
}

/** None where there is no index yet. One that cannot be understood is not written over: it may name what others need. */
async function manifestsOf(path: string): Promise<readonly Descriptor[]> {
  try {
    const document: unknown = JSON.parse(await readFile(path, "utf8"));
    if (!isRecord(document) || !Array.isArray(document.manifests)) throw badIndex(path, "it lists no manifests");
    const listed: readonly unknown[] = document.manifests;
    return listed.flatMap((each) => readDescriptor(each) ?? []);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return [];
    throw error instanceof SyntaxError ? badIndex(path, messageOf(error)) : error;
  }
}

function badIndex(path: string, why: string): TsbakeError {
  return new TsbakeError(
    "engine/bad-cache-index",
    `the cache ${dirname(path)} is not written: its index.json is no index of an OCI layout: ${why}`,
    { hint: `put ${path} right, remove it when nothing else in the folder is needed, or write to another folder` },
  );
}

async function isThere(path: string, { size }: Descriptor): Promise<boolean> {
  try {
    return (await stat(path)).size === size;
  } catch {
    return false;
  }
}

async function staged(path: string, write: (stage: string) => Promise<void>): Promise<void> {
  const stage = join(dirname(path), stagingName(basename(path)));
  try {
    await write(stage);
    const file = await open(stage, "r");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(stage, path);
  } catch (error) {
    await rm(stage, { force: true });
    throw error;
  }
}
