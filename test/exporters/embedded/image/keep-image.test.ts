import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
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

  /** Each layout with the names in it. */
  async names(): Promise<readonly string[]> {
    const layouts = (await readdir(this.folder)).map(async (layout) => {
      const index = await readFile(join(this.folder, layout, "index.json"), "utf8");
      return readReferences(index).map(
        ({ annotations, digest }) => `${annotations?.["io.containerd.image.name"]} ${digest}`,
      );
    });
    return (await Promise.all(layouts)).flat().sort();
  }

  async blobs(): Promise<readonly string[]> {
    const names = await readdir(this.folder, { recursive: true });
    return names.filter((name) => /[0-9a-f]{64}$/.test(name)).map((name) => join(this.folder, name));
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
  expect(blobs).toHaveLength(6);
  const links = await Promise.all(blobs.map(async (path) => (await stat(path)).nlink));
  expect(links.sort()).toEqual([1, 1, 1, 1, 3, 3]);
});

test("a name that is given again moves, and leaves nothing behind", async () => {
  const images = await keeper();
  await images.keep({ name: "app:1" }, "one", "shared");
  const other = await images.keep({ name: "other" }, "shared");
  const digest = await images.keep({ name: "app:1" }, "two");
  expect(await images.names()).toEqual([
    `docker.io/library/app:1 ${digest}`,
    `docker.io/library/other:latest ${other}`,
  ]);
  expect(await images.blobs()).toHaveLength(6);
  expect((await readdir(images.folder)).map((name) => name.replace(/[0-9a-f]{16}$/, "…")).sort()).toEqual([
    "docker.io_library_app_1-…",
    "docker.io_library_other_latest-…",
  ]);
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
    expected.map((name) => `docker.io/library/${name.endsWith("@") ? `${name}${digest}` : name} ${digest}`).sort(),
  );
});

test("an image without a name is not kept", async () => {
  const images = await keeper();
  expect(await images.keep({}, "one")).toMatch(/^sha256:/);
  expect(await readdir(images.folder)).toEqual([]);
});

test("many at once lose nothing, and of one name the last one stays, whole", async () => {
  const images = await keeper();
  const names = Array.from({ length: 12 }, (_, i) => `app:${i}`);
  const same = Array.from({ length: 12 }, (_, i) => `same ${i}`);
  await Promise.all([
    ...names.map((name) => images.keep({ name }, name)),
    ...same.map((content) => images.keep({ name: "app:same" }, content)),
  ]);
  const kept = (await images.names()).map((line) => line.split(" ")[0]?.split("/").at(-1));
  expect(kept).toEqual([...names, "app:same"].sort());
  expect(await images.blobs()).toHaveLength(3 * 13);
  expect(await readdir(images.folder)).toHaveLength(13);
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
