import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTaggedDigest, tagManifest } from "../../../src/buildkit/target/layout-index.ts";

let folder: string;
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const descriptor = (letter: string): string => JSON.stringify({ mediaType: "m", digest: digest(letter), size: 1 });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-layout-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const index = (...manifests: object[]): Promise<void> =>
  writeFile(join(folder, "index.json"), JSON.stringify({ manifests }));
const named = (letter: string, name: string, key = "org.opencontainers.image.ref.name"): object => ({
  digest: digest(letter),
  annotations: { [key]: name },
});

test("a tag finds the image name first, then the reference", async () => {
  await index(named("a", "v1"), named("b", "v1", "io.containerd.image.name"));
  expect(await findTaggedDigest(folder, "v1")).toBe(digest("b"));
});

test("without a tag it is the latest, or the only one", async () => {
  await index(named("a", "v1"));
  expect(await findTaggedDigest(folder, undefined)).toBe(digest("a"));
  await index(named("a", "v1"), named("b", "latest"));
  expect(await findTaggedDigest(folder, undefined)).toBe(digest("b"));
  await index(named("a", "v1"), named("b", "v2"));
  expect(await findTaggedDigest(folder, undefined)).toBeUndefined();
});

test("what is not there, or no digest, is not found", async () => {
  expect(await findTaggedDigest(join(folder, "none"), "v1")).toBeUndefined();
  await index({ digest: "../../etc/passwd", annotations: { "org.opencontainers.image.ref.name": "v1" } });
  expect(await findTaggedDigest(folder, "v1")).toBeUndefined();
});

test("an index that is broken is named", async () => {
  await writeFile(join(folder, "index.json"), "{");
  await expect(findTaggedDigest(folder, "v1")).rejects.toMatchObject({ code: "build/layout-unreadable" });
  await expect(tagManifest(folder, descriptor("a"), "v1")).rejects.toMatchObject({ code: "build/layout-unreadable" });
});

test("tags given at the same time are all kept, and one given again moves", async () => {
  await Promise.all(["a", "b", "c", "d"].map((letter) => tagManifest(folder, descriptor(letter), `v-${letter}`)));
  await tagManifest(folder, descriptor("e"), "v-a");
  expect(await Promise.all(["a", "b", "c", "d"].map((letter) => findTaggedDigest(folder, `v-${letter}`)))).toEqual(
    ["e", "b", "c", "d"].map(digest),
  );
  expect((await readdir(folder)).sort()).toEqual(["index.json", "oci-layout"]);
  expect(JSON.parse(await readFile(join(folder, "index.json"), "utf8")).manifests).toHaveLength(4);
});

test("a folder that cannot be written is said to be so", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(tagManifest(join(folder, "file"), descriptor("a"), "v1")).rejects.toMatchObject({
    code: "build/layout-unwritable",
  });
});
