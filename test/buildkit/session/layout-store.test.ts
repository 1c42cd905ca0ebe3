import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLayoutStore } from "../../../src/buildkit/session/store/layout-store.ts";

test("writers do not take the folder away from each other in which they begin", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-layout-"));
  try {
    const store = createLayoutStore(folder, { writable: true });
    const writeSome = async (writer: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const blob = await store.write?.();
        await blob?.write(Buffer.from(`${writer} ${i}`));
        await blob?.commit("");
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, writer) => writeSome(writer)));
    expect(await readdir(join(folder, "blobs/sha256"))).toHaveLength(320);
    expect(await readdir(folder)).toEqual(["blobs"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
