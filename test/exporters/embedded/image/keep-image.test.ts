import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processIdentity } from "../../../../src/engine/store/process-identity.ts";
import { writeExport } from "../../../../src/exporters/embedded/write-export.ts";
import { readReferences } from "../../../../src/oci/read-document.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { file, requestOf, resultOf, StandInLayers } from "../stand-in.ts";

class Keeper {
  readonly folder: string;
  readonly layers: StandInLayers;

  constructor(folder: string, blobs: string) {
    this.folder = folder;
    this.layers = new StandInLayers(blobs);
  }

  async keep(attributes: Readonly<Record<string, string>>, ...contents: readonly string[]): Promise<string> {
    const layers = await Promise.all(contents.map((content) => this.layers.add(file("content", content))));
    const request = requestOf(this.layers, [resultOf(layers)], {
      exporter: "image",
      sink: { kind: "none" },
      attributes: new Map(Object.entries(attributes)),
    });
    const answer = await writeExport({
      ...request,
      store: { ...request.store, room: async (name) => (name === "images" ? this.folder : "/nowhere") },
    });
    return answer.get("containerimage.digest") ?? "";
  }

  async names(): Promise<readonly string[]> {
    const index = await readFile(join(this.folder, "index.json"), "utf8");
    return readReferences(index).map(
      ({ annotations, digest }) => `${annotations?.["io.containerd.image.name"]} ${digest}`,
    );
  }

  blobs(): Promise<readonly string[]> {
    return readdir(join(this.folder, "blobs/sha256"));
  }
}

async function keeper(): Promise<Keeper> {
  return new Keeper(await temporaryFolder(), await temporaryFolder());
}

test("an image that is not pushed is kept under its names, without a copy of its layers", async () => {
  const images = await keeper();
  const digest = await images.keep({ name: "app:1,app:2" }, "one");
  expect(await images.names()).toEqual([`docker.io/library/app:1 ${digest}`, `docker.io/library/app:2 ${digest}`]);
  const blobs = await images.blobs();
  expect(blobs).toHaveLength(3);
  const links = await Promise.all(
    blobs.map(async (name) => (await stat(join(images.folder, "blobs/sha256", name))).nlink),
  );
  expect(links.sort()).toEqual([1, 1, 2]);
});

test("a name that is given again moves, and what has no name is gone", async () => {
  const images = await keeper();
  await images.keep({ name: "app:1" }, "one", "shared");
  const other = await images.keep({ name: "other" }, "shared");
  const digest = await images.keep({ name: "app:1" }, "two");
  expect(await images.names()).toEqual([
    `docker.io/library/other:latest ${other}`,
    `docker.io/library/app:1 ${digest}`,
  ]);
  expect(await images.blobs()).toHaveLength(6);
});

test.each([
  ["name-canonical", { name: "app:1", "name-canonical": "true" }, ["app:1", "app@"]],
  ["dangling-name-prefix", { "dangling-name-prefix": "dangling" }, ["dangling@"]],
  [
    "danging-name-empty-only",
    { name: "app", "dangling-name-prefix": "x", "danging-name-empty-only": "1" },
    ["app:latest"],
  ],
])("%s decides which names there are", async (_, attributes, expected) => {
  const images = await keeper();
  const digest = await images.keep(attributes, "one");
  expect(await images.names()).toEqual(
    expected.map((name) => `docker.io/library/${name.endsWith("@") ? `${name}${digest}` : name} ${digest}`),
  );
});

test("an image without a name is not kept", async () => {
  const images = await keeper();
  expect(await images.keep({}, "one")).toMatch(/^sha256:/);
  expect(await readdir(images.folder)).toEqual([]);
});

test("many at once lose nothing, and a lock that a dead process left is no obstacle", async () => {
  const images = await keeper();
  await writeFile(join(images.folder, "index.lock"), processIdentity().replace(/^[0-9]+-[0-9]+/, "4194303-1"));
  const names = Array.from({ length: 12 }, (_, i) => `app:${i}`);
  await Promise.all(names.map((name) => images.keep({ name }, name)));
  const kept = (await images.names()).map((line) => line.split(" ")[0]?.split("/").at(-1));
  expect(new Set(kept)).toEqual(new Set(names));
  expect(await readdir(images.folder)).not.toContain("index.lock");
});

test("waiting for a lock ends with the signal", async () => {
  const images = await keeper();
  const layer = await images.layers.add(file("a", "b"));
  await images.keep({ name: "app:1" }, "one");
  await writeFile(join(images.folder, "index.lock"), processIdentity());
  const request = requestOf(images.layers, [resultOf([layer])], {
    exporter: "image",
    sink: { kind: "none" },
    attributes: new Map([["name", "app:1"]]),
    signal: AbortSignal.timeout(50),
  });
  const store = { ...request.store, room: async () => images.folder };
  await expect(writeExport({ ...request, store })).rejects.toMatchObject({ name: "TimeoutError" });
});

test.each([
  [{ push: "true" }, "exporters/push-without-name"],
  [{ push: "true", "push-by-digest": "true", name: "app:1" }, "exporters/tagged-by-digest"],
  [{ push: "true", name: `app@sha256:${"0".repeat(64)}` }, "exporters/bad-parameter"],
  [{ push: "perhaps" }, "exporters/bad-parameter"],
  [{ "dangling-name-prefix": "no name" }, "exporters/bad-parameter"],
])("%o is refused before anything is done", async (attributes, code) => {
  const images = await keeper();
  await expect(images.keep(attributes, "one")).rejects.toMatchObject({ code });
  expect(images.layers.made).toEqual([]);
});
