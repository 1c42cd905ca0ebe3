import { once } from "node:events";
import fs, { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { cacheBudget } from "../../../src/engine/store/budget.ts";
import { pruneAlone } from "../../../src/engine/store/exclusive.ts";
import { layoutIn } from "../../../src/engine/store/layout.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { ProcessFolder } from "../../../src/engine/store/process-folder.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { type PruneCacheOptions, pruneCache, readUsage, type Usage } from "../../../src/engine/store/usage.ts";
import { type Digest, sha256Digest } from "../../../src/oci/digest.ts";
import { cacheFolderForEach, storeProgram } from "./store-folder.ts";

const folder = cacheFolderForEach();
const program = storeProgram();
const hourMs = 3600_000;
/** In the tests' future, so that times can be set around it. */
let nowMs = 0;
beforeEach(() => {
  nowMs = Date.now() + 1000 * hourMs;
});

function prune(options: Partial<PruneCacheOptions> = {}): ReturnType<typeof pruneCache> {
  return pruneCache(folder(), { select: () => true, nowMs, signal: new AbortController().signal, ...options });
}

const usage = (): Promise<readonly Usage[]> => readUsage(folder(), nowMs);

/** A layer with content of its own, used so many hours ago; returns its diff ID and the digest of its content. */
async function layer(store: EngineStore, name: string, hoursAgo: number): Promise<{ diffId: Digest; content: Digest }> {
  const { digest: content } = await store.blobs.put(Buffer.alloc(10_000, name));
  const diffId = sha256Digest(name);
  await store.records.save("layer", diffId, { uses: [content] });
  await store.records.save("step", name, { uses: [diffId], description: `RUN ${name}` });
  age(hoursAgo);
  return { diffId, content };
}

const aged = new Set<string>();
/** Everything that is new was last used then. */
function age(hoursAgo: number): void {
  const records = join(folder(), "v1", "records");
  for (const name of readdirSync(records, { recursive: true }).map(String)) {
    const path = join(records, name);
    if (aged.has(path) || lstatSync(path).isDirectory()) continue;
    aged.add(path);
    const seconds = nowMs / 1000 - hoursAgo * 3600;
    utimesSync(path, seconds, seconds);
  }
}

describe("pruning", () => {
  test("removes everything nobody uses, and the store works on", async () => {
    const store = await openStore(folder());
    const { content } = await layer(store, "a", 5);
    await store.close();
    const before = (await usage()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const { freedBytes, removed, failures } = await prune();
    expect(freedBytes).toBe(before);
    expect(removed.map(({ type }) => type).sort()).toEqual(["internal", "internal", "regular"]);
    expect([failures, await usage(), readdirSync(join(folder(), "v1", "processes"))]).toEqual([[], [], []]);
    const again = await openStore(folder());
    expect(await again.blobs.has(content)).toBe(false);
    await layer(again, "a", 5);
    expect(await again.records.find("step", "a")).toBeDefined();
    await again.close();
  });

  test("goes from what was used longest ago to what is not too much", async () => {
    const store = await openStore(folder());
    const layers = [];
    for (const [i, name] of ["c", "a", "b", "d"].entries()) layers.push(await layer(store, name, 10 - i));
    await store.close();
    const all = (await usage()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const perLayer = all / 4;
    await prune({ maxUsedBytes: 2 * perLayer });
    const left = await openStore(folder());
    const found = await Promise.all(["c", "a", "b", "d"].map((name) => left.records.find("step", name)));
    expect(found.map((each) => each !== undefined)).toEqual([false, false, true, true]);
    await left.close();
    expect((await usage()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(2 * perLayer);
  });

  test("counts content as used when what needs it is", async () => {
    const store = await openStore(folder());
    const old = await layer(store, "old", 100);
    await store.records.save("step", "younger", { uses: [old.diffId] });
    age(1);
    await layer(store, "other", 50);
    await store.close();
    await prune({ select: ({ lastUsedMs }) => nowMs - lastUsedMs > 10 * hourMs });
    const left = await openStore(folder());
    expect(await left.records.find("step", "younger")).toBeDefined();
    expect([await left.records.find("step", "old"), await left.records.find("step", "other")]).toEqual([
      undefined,
      undefined,
    ]);
    await left.close();
  });

  test("takes records along that lose what they need", async () => {
    const store = await openStore(folder());
    await layer(store, "a", 5);
    await store.records.save("slot", "free", { n: 1 });
    await store.close();
    await prune({ select: ({ type }) => type === "regular" });
    expect((await usage()).map(({ description }) => description)).toEqual(["records of kind slot"]);
  });

  test("leaves what a running build has leased, with all that needs", async () => {
    const store = await openStore(folder());
    const kept = await layer(store, "kept", 5);
    const gone = await layer(store, "gone", 5);
    await store.close();
    const build = await openStore(folder());
    build.lease(kept.diffId);
    expect((await usage()).filter(({ inUse }) => inUse).map(({ id }) => id)).toEqual([
      "records/layer",
      kept.content.slice(7, 32),
    ]);
    await prune();
    expect([await build.blobs.has(kept.content), await build.blobs.has(gone.content)]).toEqual([true, false]);
    expect(await build.records.find("layer", kept.diffId)).toBeDefined();
    await build.close();
    await prune();
    expect(await usage()).toEqual([]);
  });

  test("leaves what builds come to need while it goes on", async () => {
    const store = await openStore(folder());
    const kept = await layer(store, "kept", 5);
    await layer(store, "gone", 5);
    mkdirSync(join(await store.room("mounts"), "x"));
    mkdirSync(join(await store.room("mounts"), "y"));
    await store.close();
    const build = await openStore(folder());
    const other = new ProcessFolder(layoutIn(folder()).processes);
    const select = (): boolean => {
      // Asked after the first look at leases.
      build.lease(kept.diffId);
      other.lease("folder/mounts/x");
      return true;
    };
    await prune({ select });
    expect((await usage()).map(({ id }) => id).sort()).toEqual(
      [kept.content.slice(7, 32), "mounts/x", "records/layer"].sort(),
    );
    expect(await build.records.find("layer", kept.diffId)).toEqual({ uses: [kept.content] });
    expect(await build.blobs.has(kept.content)).toBe(true);
    await Promise.all([build.close(), other.close()]);
  });

  test("puts back records and blobs that are needed by the time they are out of the way", async () => {
    const store = await openStore(folder());
    const kept = await layer(store, "kept", 5);
    await layer(store, "gone", 5);
    await store.close();
    const build = await openStore(folder());
    const { renameSync } = fs;
    const renames = vi.spyOn(fs, "renameSync").mockImplementation((from, to) => {
      renameSync(from, to);
      build.lease(kept.diffId);
    });
    syncBuiltinESMExports();
    try {
      await prune();
      expect(renames).toHaveBeenCalled();
    } finally {
      renames.mockRestore();
      syncBuiltinESMExports();
    }
    expect(await build.records.find("layer", kept.diffId)).toEqual({ uses: [kept.content] });
    expect(await build.blobs.has(kept.content)).toBe(true);
    expect(await build.records.find("step", "gone")).toBeUndefined();
    await build.close();
  });

  test("leaves what other processes hold, and rooms that they have open, until they are gone", async () => {
    const child = program(folder(), "hold", "held content");
    await once(child.stdout ?? child, "data");
    for (const room of ["mounts", "git"]) {
      mkdirSync(join(folder(), "v1", room, "x"), { recursive: true });
      writeFileSync(join(folder(), "v1", room, "x", "file"), Buffer.alloc(9000));
    }
    await prune();
    expect((await usage()).map(({ id, inUse }) => [id, inUse]).sort()).toEqual([
      [expect.stringMatching(/^[0-9a-f]{25}$/), true],
      ["mounts/x", true],
    ]);
    child.kill("SIGKILL");
    await once(child, "close");
    await prune();
    expect([await usage(), existsSync(join(folder(), "v1", "mounts", "x"))]).toEqual([[], false]);
  });

  test("keeps what is reserved, and frees the disk only as far as it lacks", async () => {
    const store = await openStore(folder());
    for (const name of ["a", "b", "c"]) await layer(store, name, 5);
    await store.close();
    const all = (await usage()).length;
    await prune({ reservedBytes: 10 ** 9, maxUsedBytes: 0 });
    await prune({ minFreeBytes: 1 });
    await prune({ maxUsedBytes: 10 ** 12 });
    expect((await usage()).length).toBe(all);
    await prune({ minFreeBytes: 2 ** 52 });
    expect(await usage()).toEqual([]);
  });

  test("removes damaged blobs and records first", async () => {
    const store = await openStore(folder());
    const { content } = await layer(store, "a", 100);
    await layer(store, "b", 200);
    writeFileSync(join(folder(), "v1", "records", "step", "damaged"), "nonsense");
    rmSync(store.blobs.file(content));
    writeFileSync(store.blobs.file(content), "cut");
    await store.close();
    const order = (await usage()).map(({ id }) => id);
    expect(order[0]).toBe(content.slice(7, 32));
    expect(order.length).toBe(4);
    await prune({ maxUsedBytes: 20_000 });
    expect(existsSync(join(folder(), "v1", "records", "step", "damaged"))).toBe(false);
  });

  test("is not put off by times to come", async () => {
    const store = await openStore(folder());
    await layer(store, "a", -50_000);
    await store.close();
    expect((await usage()).every(({ lastUsedMs }) => lastUsedMs <= nowMs)).toBe(true);
  });

  test("stops when it is told to, and all that is left is whole", async () => {
    const store = await openStore(folder());
    for (let i = 0; i < 150; i++) await store.blobs.put(Buffer.from(`${i}`));
    await store.close();
    const controller = new AbortController();
    let asked = 0;
    const select = (): boolean => {
      if (++asked === 10) controller.abort(new Error("enough"));
      return true;
    };
    await expect(prune({ select, signal: controller.signal })).rejects.toThrow("enough");
    expect((await usage()).length).toBe(150);
    expect(readdirSync(join(folder(), "v1", "processes"))).toEqual([]);
  });

  test("is done by one at a time; a room is entered when it is over", async () => {
    const { processes } = layoutIn(folder());
    await (await openStore(folder())).close();
    const [one, two] = [new ProcessFolder(processes), new ProcessFolder(processes)];
    const store = await openStore(folder());
    const log: string[] = [];
    const signal = new AbortController().signal;
    await pruneAlone(one, processes, {
      patienceMs: 0,
      signal,
      work: async () => {
        expect(await pruneAlone(two, processes, { patienceMs: 30, signal, work: async () => "too" })).toBeUndefined();
        void store.room("mounts").then(() => log.push("entered"));
        await new Promise((resolve) => setTimeout(resolve, 50));
        log.push("done");
      },
    });
    await store.room("mounts");
    expect(log).toEqual(["done", "entered"]);
    expect(await pruneAlone(two, processes, { patienceMs: 0, signal, work: async () => "now" })).toBe("now");
    await Promise.all([one.close(), two.close(), store.close()]);
  });

  test("that does not come to an end is not waited for without end", async () => {
    const store = await openStore(folder());
    const stopped = new ProcessFolder(layoutIn(folder()).processes);
    stopped.mark("pruning");
    const start = performance.now();
    const clock = vi.spyOn(performance, "now").mockImplementation(() => start);
    const entering = store.room("mounts");
    clock.mockImplementation(() => start + 61_000);
    await expect(entering).rejects.toMatchObject({
      code: "engine/prune-busy",
      message: `process ${process.pid} is pruning the build cache and does not come to an end`,
      hint: expect.stringContaining(stopped.folder),
    });
    clock.mockRestore();
    await Promise.all([stopped.close(), store.close()]);
  });

  test("never leaves a record that lacks what it needs, whatever is selected", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 8 }), fc.nat(), async (edges, choice) => {
        const store = await openStore(folder());
        for (let i = 0; i < 5; i++) {
          const { digest } = await store.blobs.put(Buffer.from(`content ${i}`));
          await store.records.save("layer", sha256Digest(`${i}`), { uses: [digest] });
        }
        for (const [i, [from, to]] of edges.entries()) {
          await store.records.save("step", `${i}`, { uses: [sha256Digest(`${from}`), sha256Digest(`${to}`)] });
        }
        await store.close();
        let turn = 0;
        await prune({ select: () => ((choice >> (turn++ % 20)) & 1) === 1 });
        const after = await openStore(folder());
        const records = join(folder(), "v1", "records");
        const present = readdirSync(records, { recursive: true }).filter((name) => `${name}`.includes("/")).length;
        let found = 0;
        for (let i = 0; i < 5; i++) if (await after.records.find("layer", sha256Digest(`${i}`))) found++;
        for (let i = 0; i < edges.length; i++) if (await after.records.find("step", `${i}`)) found++;
        expect(found).toBe(present);
        await after.close();
        await prune();
      }),
      { numRuns: 25 },
    );
  });
});

describe("usage", () => {
  test("of a store that is not there is nothing, and makes nothing", async () => {
    expect(await readUsage(join(folder(), "none"), nowMs)).toEqual([]);
    expect(existsSync(join(folder(), "none"))).toBe(false);
  });

  test("is of everything, also of what begins with the same letters", async () => {
    const store = await openStore(folder());
    const begin = "a".repeat(25);
    for (const room of ["blobs/sha256", "hashes"]) {
      for (const end of ["1", "2"]) writeFileSync(join(store.folder, room, begin + end), "x");
    }
    await store.close();
    expect((await usage()).filter(({ id }) => id === begin)).toHaveLength(4);
    expect((await prune()).removed.filter(({ id }) => id === begin)).toHaveLength(4);
  });

  test("tells what content is for", async () => {
    const store = await openStore(folder());
    const shared = await layer(store, "npm ci", 3);
    await store.records.save("layer", "sha256:other", { uses: [shared.content] });
    const mounts = await store.room("cache-mounts");
    mkdirSync(join(mounts, "abc", "0", "fs"), { recursive: true });
    writeFileSync(join(mounts, "abc", "id"), "/root/.npm\n");
    await store.close();
    const rows = await usage();
    expect(rows.find(({ id }) => id === "records/layer")).toMatchObject({ type: "internal", sizeBytes: 8192 });
    expect(rows.find(({ type }) => type === "regular")).toMatchObject({
      description: "RUN npm ci",
      shared: true,
      mutable: false,
      sizeBytes: 12_288,
    });
    expect(rows.find(({ type }) => type === "exec.cachemount")).toMatchObject({
      id: "cache-mounts/abc",
      description: "cache mount /root/.npm",
      mutable: true,
      sizeBytes: 4 * 4096,
    });
  });
});

describe("a store with a budget", () => {
  async function build(name: string, budgetBytes: number, bytes = 500_000): Promise<void> {
    const store = await openStore(folder(), { budget: () => budgetBytes });
    const { digest } = await store.blobs.put(Buffer.alloc(bytes, name));
    await store.records.save("step", name, { uses: [digest] });
    await store.close();
  }
  const names = async (): Promise<readonly string[]> => {
    const store = await openStore(folder());
    const all = ["a", "b", "c", "d", "e"];
    const found = await Promise.all(all.map((name) => store.records.find("step", name)));
    await store.close();
    return all.filter((_, i) => found[i] !== undefined);
  };

  test("is brought back to it when it is closed, but keeps what its build used", async () => {
    for (const [i, name] of ["a", "b", "c"].entries()) {
      await build(name, 10 ** 9);
      age(900 - i);
    }
    expect(await names()).toEqual(["a", "b", "c"]);
    nowMs = Date.now();
    const records = join(folder(), "v1", "records", "step");
    for (const [i, file] of readdirSync(records).entries()) utimesSync(join(records, file), 1000 + i, 1000 + i);
    await build("d", 1_200_000);
    expect(await names()).toHaveLength(2);
    expect(await names()).toContain("d");
    await build("e", 100);
    expect(await names()).toEqual(["e"]);
  });

  test("is not measured again while it cannot have grown beyond", async () => {
    await build("a", 10 ** 9);
    const measured = join(folder(), "v1", "measured.json");
    const first = lstatSync(measured).mtimeMs;
    writeFileSync(join(folder(), "v1", "blobs", "sha256", "f".repeat(64)), Buffer.alloc(2_000_000));
    await build("b", 1_500_000);
    expect(existsSync(join(folder(), "v1", "blobs", "sha256", "f".repeat(64)))).toBe(true);
    await build("c", 1_400_000);
    expect(existsSync(join(folder(), "v1", "blobs", "sha256", "f".repeat(64)))).toBe(false);
    expect(lstatSync(measured).mtimeMs).toBeGreaterThanOrEqual(first);
  });

  const host = (value?: string) => ({
    variables: value === undefined ? {} : { TSBAKE_CACHE_SIZE: value },
    homeFolder: "/root",
    platform: "linux" as const,
  });
  test.each([
    [undefined, 1e9, 2e9],
    [undefined, 100e9, 10e9],
    [undefined, 1e12, 20e9],
    ["", 100e9, 10e9],
    ["5GB", 1e12, 5 * 1024 ** 3],
    ["unlimited", 1e12, Infinity],
  ])("of %j on a disk of %d bytes may have %d", (text, disk, expected) => {
    expect(cacheBudget(host(text))(disk)).toBe(expected);
  });

  test("of a size that is none is told", () => {
    expect(() => cacheBudget(host("lots"))).toThrow(/TSBAKE_CACHE_SIZE: "lots" is no size/);
  });
});
