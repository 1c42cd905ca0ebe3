import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskHashes } from "../../../src/engine/store/disk-hashes.ts";
import { HashTable } from "../../../src/engine/store/hash-table.ts";
import type { DiskContent } from "../../../src/engine/tree/entry.ts";

const sum = (n: number): string => n.toString(16).padStart(64, "0");
const now = 1_800_000_000_000;
const oldNs = BigInt(now - 60_000) * 1_000_000n;

function content(
  inode: number | bigint,
  over: { file?: string; size?: number; mtimeNs?: bigint; ctimeNs?: bigint } = {},
): DiskContent {
  const { file = "/c/f", size = 1, mtimeNs = oldNs, ctimeNs = oldNs } = over;
  return { kind: "disk", file, size, fingerprint: { inode: BigInt(inode), device: 5n, mtimeNs, ctimeNs } };
}

describe("a table", () => {
  const inodes = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 300n }));
  const files = fc.record({
    inode: inodes,
    mtimeNs: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    size: fc.nat(),
    hash: fc.nat(),
  });

  test("knows of each file what was put last, before and after it was kept", () => {
    fc.assert(
      fc.property(fc.array(files, { maxLength: 300 }), (puts) => {
        const table = HashTable.empty();
        const model = new Map<bigint, (typeof puts)[number]>();
        for (const each of puts) {
          table.put(content(each.inode, each), sum(each.hash), 1);
          model.set(each.inode, each);
        }
        const loaded = HashTable.parse(table.print(0, 1000));
        for (const each of puts) {
          const last = model.get(each.inode);
          const same = last !== undefined && last.size === each.size && last.mtimeNs === each.mtimeNs;
          const expected = same ? sum(last.hash) : undefined;
          expect(table.find(content(each.inode, each), 1)?.sha256).toBe(expected);
          expect(loaded?.find(content(each.inode, each), 1)?.sha256).toBe(expected);
        }
        expect([table.size, loaded?.size]).toEqual([model.size, model.size]);
      }),
    );
  });

  test("damaged anywhere is none at all", () => {
    const table = HashTable.empty();
    table.put(content(1), sum(1), 1);
    const file = table.print(0, 10);
    expect(HashTable.parse(file)?.size).toBe(1);
    for (let i = 0; i < file.length; i++) {
      // The end of the header is not used.
      if (i >= 48 && i < 64) continue;
      const damaged = Buffer.from(file);
      damaged[i] = (damaged[i] ?? 0) ^ 1;
      expect(HashTable.parse(damaged), `byte ${i}`).toBeUndefined();
      expect(HashTable.parse(file.subarray(0, i))).toBeUndefined();
    }
  });

  test("keeps what was used lately, and no more than it may", () => {
    const table = HashTable.empty();
    for (let i = 0; i < 20; i++) table.put(content(i), sum(i), 100 + i);
    const kept = HashTable.parse(table.print(110, 5));
    const found = Array.from({ length: 20 }, (_, i) => i).filter((i) => kept?.find(content(i), 119) !== undefined);
    expect(found).toEqual([15, 16, 17, 18, 19]);
  });

  test("notes a use once a week", () => {
    const table = HashTable.empty();
    table.put(content(1), sum(1), 100);
    expect([101, 107, 108, 109].map((day) => table.find(content(1), day)?.noted)).toEqual([false, false, true, false]);
  });
});

describe("the hashes of a context", () => {
  let folder: string;
  let staged = 0;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbake-hashes-")));
    mkdirSync(join(folder, "kept"));
    mkdirSync(join(folder, "c", "inner"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function opened(at = now, context = "c"): Promise<DiskHashes> {
    const hashes = new DiskHashes({
      folder: join(folder, "kept"),
      newPath: (kind) => join(folder, `${kind}-${++staged}`),
      now: () => at,
    });
    await hashes.open(join(folder, context));
    return hashes;
  }
  const file = (name: string): string => join(folder, "c", name);

  test("are known again in the next run", async () => {
    const first = await opened();
    first.learn(content(7, { file: file("a") }), sum(7));
    first.save();
    expect((await opened()).find(content(7, { file: file("a") }))).toBe(sum(7));
  });

  test.each([
    ["size", { size: 2 }],
    ["time of modification", { mtimeNs: oldNs + 1n }],
    ["time of change", { ctimeNs: oldNs + 1n }],
  ])("are not those of a file of another %s", async (_, other) => {
    const hashes = await opened();
    hashes.learn(content(7, { file: file("a") }), sum(7));
    expect(hashes.find(content(7, { file: file("a"), ...other }))).toBeUndefined();
  });

  test("of files that are younger than the clock can tell, or of the future, are not learned", async () => {
    const hashes = await opened();
    const young = BigInt(now - 1999) * 1_000_000n;
    hashes.learn(content(1, { file: file("a"), mtimeNs: young }), sum(1));
    hashes.learn(content(2, { file: file("b"), ctimeNs: young }), sum(2));
    hashes.learn(content(3, { file: file("c"), mtimeNs: young * 2n }), sum(3));
    hashes.learn(content(4, { file: file("d"), mtimeNs: young - 2_000_000n }), sum(4));
    const found = [1, 2, 3].map((i) => hashes.find(content(i, { file: file("abc"[i - 1] ?? "") })));
    expect(found).toEqual([undefined, undefined, undefined]);
    expect(hashes.find(content(4, { file: file("d"), mtimeNs: young - 2_000_000n }))).toBe(sum(4));
  });

  test("of two runs at once are merged", async () => {
    const [one, two] = [await opened(), await opened()];
    one.learn(content(1, { file: file("a") }), sum(1));
    two.learn(content(2, { file: file("b") }), sum(2));
    one.save();
    two.save();
    const next = await opened();
    expect([1, 2].map((i) => next.find(content(i, { file: file("ab"[i - 1] ?? "") })))).toEqual([sum(1), sum(2)]);
  });

  test("are those of the nearest context", async () => {
    const both = await opened();
    await both.open(join(folder, "c", "inner"));
    both.learn(content(1, { file: file("inner/x") }), sum(1));
    both.learn(content(2, { file: file("x") }), sum(2));
    both.save();
    expect((await opened(now, "c/inner")).find(content(1, { file: file("inner/x") }))).toBe(sum(1));
    expect((await opened()).find(content(1, { file: file("inner/x") }))).toBeUndefined();
    expect(both.find(content(1, { file: "/elsewhere" }))).toBeUndefined();
  });

  test("that nobody used for a month go, and a clock that was set back loses none", async () => {
    const first = await opened();
    first.learn(content(1, { file: file("a") }), sum(1));
    first.save();
    const dayMs = 24 * 3600 * 1000;
    const back = await opened(now - 20 * 365 * dayMs);
    back.learn(content(2, { file: file("b"), mtimeNs: 1n, ctimeNs: 1n }), sum(2));
    back.save();
    expect((await opened()).find(content(1, { file: file("a") }))).toBe(sum(1));
    const later = await opened(now + 31 * dayMs);
    later.learn(content(3, { file: file("d") }), sum(3));
    later.save();
    const last = await opened();
    expect([1, 3].map((i) => last.find(content(i, { file: file("abd"[i - 1] ?? "") })))).toEqual([undefined, sum(3)]);
  });

  test("that cannot be kept are no trouble, and nothing is left of the try", async () => {
    const hashes = await opened();
    hashes.learn(content(1, { file: file("a") }), sum(1));
    rmSync(join(folder, "kept"), { recursive: true });
    hashes.save();
    expect(readdirSync(folder)).toEqual(["c"]);
  });

  test("are not written again when nothing is new", async () => {
    const first = await opened();
    first.learn(content(1, { file: file("a") }), sum(1));
    first.save();
    const kept = join(folder, "kept", readdirSync(join(folder, "kept"))[0] ?? "");

    const second = await opened();
    rmSync(kept);
    second.find(content(1, { file: file("a") }));
    second.save();
    expect(readdirSync(join(folder, "kept"))).toEqual([]);
  });
});
