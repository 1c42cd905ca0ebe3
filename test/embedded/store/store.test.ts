import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../src/engine/store/open-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbake-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is put is read back, and the process leaves nothing but that", async () => {
  const store = await openStore(folder);
  const { digest, size } = await store.blobs.put(Buffer.from("hello"));
  expect(size).toBe(5);
  expect(Buffer.from((await store.blobs.read(digest)) ?? []).toString()).toBe("hello");
  await store.records.save("step", "k", { uses: [digest], n: 1 });
  expect(await store.records.find("step", "k")).toEqual({ uses: [digest], n: 1 });
  const writer = await store.blobs.create();
  for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(10_000 * (i % 7), i));
  const big = await writer.commit();
  expect(await store.blobs.size(big.digest)).toBe(big.size);
  await store.temporaryFolder();
  await store.close();
  expect(readdirSync(join(store.folder, "processes"))).toEqual([]);
});
