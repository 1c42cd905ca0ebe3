import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { isRecord } from "../../../src/base/json-shape.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { pruneCache } from "../../../src/engine/store/usage.ts";
import { isDigest } from "../../../src/oci/digest.ts";
import { cacheFolderForEach, outputOf, storeProgram } from "./store-folder.ts";

const folder = cacheFolderForEach();
const program = storeProgram();

/** Every blob and every record that is found is whole. Returns how many of each there are. */
async function examine(store: EngineStore): Promise<{ readonly blobs: number; readonly steps: number }> {
  const names = readdirSync(join(store.folder, "blobs", "sha256"));
  for (const name of names) expect(await store.blobs.read(`sha256:${name}`), name).toBeDefined();
  let steps = 0;
  for (let n = 0; n < 200; n++) {
    const record = await store.records.find("step", `${n}`);
    if (record === undefined) continue;
    steps++;
    expect(record).toMatchObject({ n });
    const [use] = isRecord(record) && Array.isArray(record.uses) ? record.uses : [];
    expect(typeof use === "string" && isDigest(use) && (await store.blobs.has(use))).toBe(true);
  }
  const last = await store.records.find("last", "one");
  expect(last === undefined || isRecord(last)).toBe(true);
  return { blobs: names.length, steps };
}

test("eight processes write the same and different blobs at once", async () => {
  const running = Array.from({ length: 8 }, (_, i) => outputOf(program(folder(), "write", `${i * 5}`, "20")));
  expect(await Promise.all(running)).toEqual(Array(8).fill("written\n"));
  const store = await openStore(folder());
  expect(await examine(store)).toEqual({ blobs: 55, steps: 55 });
  expect(readdirSync(join(store.folder, "processes")).length).toBe(1);
  await store.close();
}, 120_000);

test("processes that are killed at any moment leave a whole store, and nothing of what they had under way", async () => {
  for (let round = 0; round < 10; round++) {
    const children = Array.from({ length: 5 }, (_, i) => program(folder(), "write-for-ever", `${round * 5 + i}`));
    await Promise.all(children.map((child) => once(child.stdout ?? child, "data")));
    for (const [i, child] of children.entries()) {
      await setTimeout((round + i) % 4);
      child.kill("SIGKILL");
    }
    await Promise.all(children.map((child) => (child.signalCode === null ? once(child, "close") : undefined)));
  }
  const store = await openStore(folder());
  const { blobs, steps } = await examine(store);
  expect(blobs).toBeGreaterThan(0);
  expect(steps).toBeGreaterThan(0);
  await store.close();
  expect(readdirSync(join(store.folder, "processes"))).toEqual([]);
}, 120_000);

test("runs lose nothing they use to somebody who prunes all the time", async () => {
  const running = Array.from({ length: 3 }, (_, i) => outputOf(program(folder(), "check", `${i}`, `${i + 40}`)));
  let over = false;
  const ended = Promise.all(running).finally(() => {
    over = true;
  });
  let removed = 0;
  while (!over) {
    const pruned = await pruneCache(folder(), {
      select: () => true,
      nowMs: Date.now(),
      signal: new AbortController().signal,
    });
    removed += pruned.removed.length;
  }
  expect(await ended).toEqual(Array(3).fill("checked\n"));
  expect(removed).toBeGreaterThan(0);
}, 120_000);

const isRoot = process.getuid?.() === 0;
const small = (): string => join(folder(), "small");

/** Mounts two megabytes of memory; false where that is not allowed. */
function mountSmallDisk(): boolean {
  mkdirSync(small());
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", small()], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!isRoot || process.platform !== "linux")(
  "a full disk is told with a way out, and nothing half-written stays",
  async (context) => {
    if (!mountSmallDisk()) return context.skip("no file system can be mounted here");
    try {
      const store = await openStore(small());
      const { digest } = await store.blobs.put(Buffer.alloc(100_000, 1));
      await store.records.save("step", "before", { uses: [digest] });
      await expect(store.blobs.put(Buffer.alloc(3_000_000, 2))).rejects.toMatchObject({
        name: "TsbakeError",
        code: "engine/store-full",
        hint: expect.stringContaining("tsbake prune"),
      });
      const writer = await store.blobs.create();
      const writing = (async () => {
        for (let i = 0; i < 40; i++) await writer.write(Buffer.alloc(100_000, i));
        return writer.commit();
      })();
      await expect(writing).rejects.toMatchObject({ code: "engine/store-full" });
      await writer.discard();
      const filler = await store.blobs.create();
      await expect(
        (async () => {
          for (;;) await filler.write(Buffer.alloc(40_000));
        })(),
      ).rejects.toMatchObject({ code: "engine/store-full" });
      await expect(store.records.save("step", "new", { text: "x".repeat(200_000) })).rejects.toMatchObject({
        code: "engine/store-full",
      });
      await filler.discard();
      expect(await store.records.find("step", "new")).toBeUndefined();
      expect(await store.records.find("step", "before")).toEqual({ uses: [digest] });
      expect((await store.blobs.put(Buffer.alloc(500_000, 3))).size).toBe(500_000);
      expect(readdirSync(join(store.folder, "blobs", "sha256")).length).toBe(2);
      await store.close();
      expect(readdirSync(join(store.folder, "processes"))).toEqual([]);
    } finally {
      execFileSync("umount", ["-l", small()]);
      rmSync(small(), { recursive: true });
    }
  },
);
