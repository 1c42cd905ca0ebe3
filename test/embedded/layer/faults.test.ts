import { chmodSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLayerStore } from "../../../src/engine/layer/layer-store.ts";
import { openContent } from "../../../src/engine/layer/open-content.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { bytesOf, collect, diskContent, file, folder, foreign, never, openWorkshop, tarOf } from "./workshop.ts";

const entries = [folder("d"), file("d/a", "A"), file("d/large", bytesOf(3_000_000, 1))];

describe("a store that was damaged", () => {
  test.each(["uncompressed", "gzip", "zstd"] as const)(
    "does not have a layer any more whose %s blob was cut, and takes it anew",
    async (compression) => {
      await using workshop = await openWorkshop();
      const encoding = { compression };
      const { layer } = await workshop.layers.pack(entries, { encoding, signal: never });
      const blob = await workshop.layers.blob(layer, encoding, { signal: never });
      chmodSync(blob.file, 0o644);
      truncateSync(blob.file, statSync(blob.file).size - 1);
      expect(await workshop.layers.has(layer)).toBe(false);
      await expect(workshop.layers.entries(layer, never)).rejects.toMatchObject({ code: "build/layer-missing" });
      await expect(workshop.layers.blob(layer, encoding, { signal: never })).rejects.toMatchObject({
        code: "build/layer-missing",
        retryable: true,
      });
      expect((await workshop.layers.pack(entries, { encoding, signal: never })).layer).toEqual(layer);
      expect(await workshop.layers.has(layer)).toBe(true);
      expect(await workshop.layers.blob(layer, encoding, { signal: never })).toEqual(blob);
    },
  );

  test("fetches a layer of others again when a part of it is gone", async () => {
    await using workshop = await openWorkshop();
    let fetches = 0;
    const archive = tarOf([{ name: "a", text: "hello" }]);
    const layer = foreign(archive, archive, {
      fetch: async () => {
        fetches++;
        return (async function* () {
          yield archive;
        })();
      },
    });
    const first = await workshop.layers.entries(layer, never);
    for (const name of readdirSync(join(workshop.store.folder, "blobs/sha256"))) {
      const path = join(workshop.store.folder, "blobs/sha256", name);
      chmodSync(path, 0o644);
      truncateSync(path, 1);
    }
    expect(await workshop.layers.entries(layer, never)).toEqual(first);
    expect(fetches).toBe(2);
  });
});

test("many who want the same at the same time have it, in one process and in several", async () => {
  await using workshop = await openWorkshop();
  const other = await openStore(join(workshop.folder, "cache"));
  try {
    const stores = [workshop.layers, openLayerStore(other), workshop.layers, openLayerStore(other)];
    const packed = await Promise.all(
      stores.map((layers) => layers.pack(entries, { encoding: { compression: "gzip" }, signal: never })),
    );
    expect(new Set(packed.map(({ layer }) => layer.diffId)).size).toBe(1);
    const [{ layer } = { layer: foreign(tarOf([])) }] = packed;
    const blobs = await Promise.all(
      stores.map((layers) => layers.blob(layer, { compression: "zstd" }, { signal: never })),
    );
    expect(new Set(blobs.map(({ descriptor }) => descriptor.digest)).size).toBe(1);
  } finally {
    await other.close();
  }
});

test("one who gives up does not take it from the others", async () => {
  await using workshop = await openWorkshop();
  const { layer } = await workshop.layers.pack(entries, { signal: never });
  const controller = new AbortController();
  const given = workshop.layers.blob(layer, { compression: "gzip", level: 9 }, { signal: controller.signal });
  const wanted = workshop.layers.blob(layer, { compression: "gzip", level: 9 }, { signal: never });
  controller.abort(new Error("gave up"));
  await expect(given).rejects.toThrow("gave up");
  expect((await wanted).diffId).toBe(layer.diffId);
});

describe("the content of a file", () => {
  test("is read wherever it is", async () => {
    await using workshop = await openWorkshop();
    const { layer } = await workshop.layers.pack(entries, { encoding: { compression: "gzip" }, signal: never });
    const large = (await workshop.layers.entries(layer, never)).find(({ path }) => path === "d/large");
    if (large?.type !== "file") throw new Error("not there");
    expect((await collect(openContent(workshop.store, large.content, never))).equals(bytesOf(3_000_000, 1))).toBe(true);
    const path = join(workshop.folder, "x");
    writeFileSync(path, "0123456789");
    const read = async (content: Parameters<typeof openContent>[1]): Promise<string> =>
      (await collect(openContent(workshop.store, content, never))).toString();
    expect(await read(diskContent(path))).toBe("0123456789");
    expect(await read({ kind: "range", file: path, offset: 3, size: 4 })).toBe("3456");
    expect(await read({ kind: "inline", bytes: Buffer.from("in"), size: 2 })).toBe("in");
    await expect(read({ kind: "range", file: path, offset: 8, size: 4 })).rejects.toMatchObject({
      code: "build/file-changed",
    });
  });
});
