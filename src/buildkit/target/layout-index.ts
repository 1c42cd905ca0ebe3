/** The `index.json` of a folder in OCI layout: which of its blobs is meant by a tag. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { isRecord, stringField } from "../../base/json-shape.ts";
import { withLock } from "../../execute/folder-lock.ts";
import { BuildFailure, type Waiting } from "../../execute/ports.ts";
import { lockName } from "../../execute/staging-name.ts";

type Json = Readonly<Record<string, unknown>>;

const refName = "org.opencontainers.image.ref.name";
const imageName = "io.containerd.image.name";
const digestForm = /^[a-z0-9]+:[0-9a-f]{32,}$/;

/**
 * The digest a tag stands for: the manifest of that image name or that reference; without a tag the one called `latest`, or the only
 * one. undefined when there is none; rejects with a BuildFailure when the folder's index cannot be read.
 */
export async function findTaggedDigest(folder: string, tag: string | undefined): Promise<string | undefined> {
  const manifests = await readManifests(folder);
  const named = (name: string): Json | undefined =>
    manifests.find((each) => annotationOf(each, imageName) === name) ??
    manifests.find((each) => annotationOf(each, refName) === name);
  const found = named(tag ?? "latest") ?? (tag === undefined && manifests.length === 1 ? manifests[0] : undefined);
  const digest = stringField(found, "digest") ?? "";
  return digestForm.test(digest) ? digest : undefined;
}

/** Each changes an index within milliseconds. */
const patience = { patienceMs: 60_000, mostSilentMs: 20_000 };
const nobody: Waiting = { signal: new AbortController().signal, onWait: () => {} };

/** The last change to each folder's index: of two at once, in this process or another, each has to see the other's. */
const changing = new Map<string, Promise<void>>();

/**
 * Gives the tag to a manifest (a descriptor as JSON), which takes it from another. The index is replaced whole. Rejects with a
 * BuildFailure when it cannot be written (`build/locked` when another process does not let it), with the signal's reason when it is
 * aborted meanwhile.
 */
export async function tagManifest(
  folder: string,
  descriptor: string,
  tag: string,
  { signal, onWait }: Waiting = nobody,
): Promise<void> {
  const before = changing.get(folder) ?? Promise.resolve();
  const change = before.then(async () => {
    await mkdir(folder, { recursive: true });
    const options = {
      ...patience,
      signal,
      onWait: (owner: string) =>
        onWait(`waiting for ${owner}, which is writing the cache ${JSON.stringify(folder)} as well`),
    };
    await withLock(join(folder, lockName("index.json")), options, () => changeIndex(folder, descriptor, tag));
  });
  const settled = change.catch(() => {});
  changing.set(folder, settled);
  try {
    await change;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BuildFailure) throw error;
    throw new BuildFailure(
      "build/layout-unwritable",
      `cannot write ${join(folder, "index.json")}: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    if (changing.get(folder) === settled) changing.delete(folder);
  }
}

async function changeIndex(folder: string, descriptor: string, tag: string): Promise<void> {
  const added: unknown = JSON.parse(descriptor);
  if (!isRecord(added)) throw new TypeError("the descriptor of a cache is no JSON object");
  const others = (await readManifests(folder)).filter((each) => annotationOf(each, refName) !== tag);
  const annotations = { ...(isRecord(added.annotations) ? added.annotations : {}), [refName]: tag };
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [...others, { ...added, annotations }],
  };
  await writeWhole(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeWhole(join(folder, "index.json"), JSON.stringify(index));
}

async function readManifests(folder: string): Promise<readonly Json[]> {
  const path = join(folder, "index.json");
  try {
    const index: unknown = JSON.parse(await readFile(path, "utf8"));
    return isRecord(index) && Array.isArray(index.manifests) ? index.manifests.filter(isRecord) : [];
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return [];
    throw new BuildFailure("build/layout-unreadable", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function annotationOf(manifest: Json, name: string): string | undefined {
  return stringField(manifest.annotations, name);
}

/** What a killed process left is written over: whoever writes has the lock. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
