/** Who prunes looks at leases last: so whoever needs something says so before looking for it. */
import fs, { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { openArchiveReader } from "../../../src/engine/layer/archive-reader.ts";
import { unpackOrigin } from "../../../src/engine/layer/fetch-layer.ts";
import { recordId } from "../../../src/engine/store/disk-records.ts";
import { layoutIn } from "../../../src/engine/store/layout.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { leasedBy, ProcessFolder, runningFolders } from "../../../src/engine/store/process-folder.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { cacheFolderForEach } from "./store-folder.ts";

const folder = cacheFolderForEach();
const leases = (): readonly string[] => runningFolders(layoutIn(folder()).processes).flatMap(leasedBy);
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

test("a record is leased before it is read, and one that is not there is not leased", async () => {
  const before = await openStore(folder());
  await before.records.save("step", "a", { n: 1 });
  await before.close();
  const store = await openStore(folder());
  const read = readFileSync;
  const leasedWhenRead: boolean[] = [];
  vi.spyOn(fs, "readFileSync").mockImplementation(((...words: Parameters<typeof read>) => {
    if (String(words[0]).includes(join("records", "step"))) leasedWhenRead.push(isLeased());
    return read(...words);
  }) as typeof read);
  const isLeased = (): boolean =>
    runningFolders(layoutIn(folder()).processes).some((each) =>
      read(join(each, "lease"), "latin1").includes(recordId("step", "a")),
    );
  syncBuiltinESMExports();
  expect(await store.records.find("step", "a")).toEqual({ n: 1 });
  expect(await store.records.find("step", "none")).toBeUndefined();
  expect(leasedWhenRead).toEqual([true]);
  expect(leases()).not.toContain(recordId("step", "none"));
  await store.close();
});

const diffId = sha256Digest("nowhere");
test.each<[string, (store: EngineStore) => Promise<unknown>]>([
  ["read", (store) => openArchiveReader(store, diffId)],
  ["unpacked", (store) => unpackOrigin(store, { diffId }, new AbortController().signal).catch(() => {})],
])("an archive that is %s is leased before it is looked for", async (_, use) => {
  const store = await openStore(folder());
  const has = vi.spyOn(store.blobs, "has").mockImplementation(async () => {
    expect(leases()).toContain(diffId);
    return false;
  });
  await use(store);
  expect(has).toHaveBeenCalled();
  expect(has.mock.settledResults).toContainEqual({ type: "fulfilled", value: false });
  await store.close();
});

test("a lease that could not be written down is written the next time", async () => {
  const { processes } = layoutIn(folder());
  await (await openStore(folder())).close();
  const own = new ProcessFolder(processes);
  vi.spyOn(fs, "writeSync").mockImplementationOnce(() => {
    throw new Error("the disk is full");
  });
  syncBuiltinESMExports();
  expect(() => own.lease(diffId)).toThrow("the disk is full");
  own.lease(diffId);
  expect(leases()).toContain(diffId);
  await own.close();
});
