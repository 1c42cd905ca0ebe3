import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { isRunning, processIdentity, silenceMs } from "../../../src/execute/process-identity.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { cacheFolderForEach } from "./store-folder.ts";

const folder = cacheFolderForEach();

describe("a store", () => {
  test("is made for its owner alone, and says that it is a cache", async () => {
    const store = await openStore(join(folder(), "a", "b"));
    expect(store.folder).toBe(join(folder(), "a", "b", "v1"));
    expect(readFileSync(join(folder(), "a", "b", "CACHEDIR.TAG"), "latin1")).toMatch(/^Signature: 8a477f597d28d172/);
    for (const path of [join(folder(), "a"), store.folder, join(store.folder, "blobs"), await store.room("mounts")]) {
      expect(lstatSync(path).mode & 0o777).toBe(0o700);
    }
    await store.close();
    await store.close();
  });

  test("may be where other caches of the program are, and through a symbolic link", async () => {
    mkdirSync(join(folder(), "real", "code"), { recursive: true });
    symlinkSync("real", join(folder(), "alias"));
    const store = await openStore(join(folder(), "alias"));
    const { digest } = await store.blobs.put(Buffer.from("x"));
    await store.close();
    const again = await openStore(join(folder(), "real"));
    expect(await again.blobs.has(digest)).toBe(true);
    expect(readdirSync(join(folder(), "real")).sort()).toEqual(["CACHEDIR.TAG", "code", "v1"]);
    await again.close();
  });

  test("gives each asker a temporary folder of its own, gone when it is closed", async () => {
    const store = await openStore(folder());
    const folders = [await store.temporaryFolder(), await store.temporaryFolder()];
    expect(new Set(folders).size).toBe(2);
    mkdirSync(join(folders[0] ?? "", "closed"));
    writeFileSync(join(folders[0] ?? "", "closed", "x"), "");
    chmodSync(join(folders[0] ?? "", "closed"), 0);
    await store.close();
    expect(folders.map((each) => existsSync(each))).toEqual([false, false]);
  });

  test("refuses rooms that have the name of something else", async () => {
    const store = await openStore(folder());
    for (const name of ["blobs", "records", "../x", "", "A"]) expect(() => store.room(name)).toThrow(/not a name/);
    await store.close();
  });

  test.each([
    ["a file is in the way", (): string => join(folder(), "file", "cache"), /a file is where a folder should be/],
    ["a file is there", (): string => join(folder(), "file"), /a file is where a folder should be/],
    ["nobody may write", (): string => "/proc/tsbake-cache", /TSBAKE_CACHE_DIR/],
  ])("that cannot be made because %s is told", async (_, path, hint) => {
    writeFileSync(join(folder(), "file"), "");
    await expect(openStore(path())).rejects.toMatchObject({
      name: "TsbakeError",
      code: expect.stringMatching(/^engine\/store-/),
      hint: expect.stringMatching(hint),
    });
  });

  test.skipIf(process.platform === "win32")("that is read-only is told", async () => {
    await (await openStore(folder())).close();
    chmodSync(folder(), 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    else chmodSync(join(folder(), "v1", "processes"), 0o500);
    try {
      await expect(openStore(folder())).rejects.toMatchObject({ code: "engine/store-unwritable" });
    } finally {
      if (isRoot) process.seteuid?.(0);
      else chmodSync(join(folder(), "v1", "processes"), 0o700);
    }
  });

  test.skipIf(process.getuid?.() !== 0)("of somebody else is left to them", async () => {
    await (await openStore(folder())).close();
    chmodSync(folder(), 0o777);
    process.seteuid?.(65_534);
    try {
      const store = await openStore(folder());
      expect(store.folder).toBe(join(folder(), "v1-65534"));
      await store.close();
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe("a blob", () => {
  test("is what was written, in whatever pieces", async () => {
    const store = await openStore(folder());
    const sizes = fc.array(fc.oneof(fc.nat(50), fc.nat(70_000), fc.integer({ min: 200_000, max: 600_000 })), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (pieces, awaited) => {
        const chunks = pieces.map((size, i) => Buffer.alloc(size, `${i}-${size}`));
        const writer = await store.blobs.create();
        const writes = [];
        for (const chunk of chunks) {
          const written = writer.write(chunk);
          if (awaited) await written;
          else writes.push(written);
        }
        await Promise.all(writes);
        const whole = Buffer.concat(chunks);
        const { digest, size } = await writer.commit();
        expect([digest, size]).toEqual([sha256Digest(whole), whole.length]);
        expect(whole.equals((await store.blobs.read(digest)) ?? Buffer.from("none"))).toBe(true);
      }),
      { numRuns: 40 },
    );
    await store.close();
  });

  test("that was discarded, or is not what was expected, leaves nothing", async () => {
    const store = await openStore(folder());
    const own = (): readonly string[] =>
      readdirSync(join(store.folder, "processes", readdirSync(join(store.folder, "processes"))[0] ?? ""));
    const discarded = await store.blobs.create();
    await discarded.write(Buffer.alloc(300_000));
    await discarded.discard();
    await discarded.discard();
    const other = await store.blobs.create();
    await other.write(Buffer.from("abc"));
    await expect(other.commit(sha256Digest("xyz"))).rejects.toMatchObject({ code: "engine/digest-mismatch" });
    expect(own()).toEqual(["lease"]);
    expect(readdirSync(join(store.folder, "blobs", "sha256"))).toEqual([]);
    await store.close();
  });

  test("is not lent a second time while it is written again", async () => {
    const store = await openStore(folder());
    const { digest } = await store.blobs.put(Buffer.from("abc"));
    const inode = lstatSync(store.blobs.file(digest)).ino;
    const again = await store.blobs.create();
    await again.write(Buffer.from("abc"));
    expect((await again.commit(digest)).digest).toBe(digest);
    expect(lstatSync(store.blobs.file(digest)).ino).toBe(inode);
    await store.close();
  });

  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ["cut", (file) => truncateSync(file, 100)],
    ["emptied", (file) => truncateSync(file, 0)],
    ["lengthened", (file) => writeFileSync(file, "x", { flag: "a" })],
    ["overwritten", (file) => writeFileSync(file, Buffer.alloc(5000, 9))],
    [
      "overwritten through a link",
      (file) => {
        linkSync(file, join(folder(), "exported"));
        writeFileSync(join(folder(), "exported"), Buffer.alloc(5000, 8), { flag: "r+" });
      },
    ],
    ["removed", (file) => rmSync(file)],
    [
      "replaced by a folder",
      (file) => {
        rmSync(file);
        mkdirSync(file);
        rmSync(file, { recursive: true });
      },
    ],
  ];
  test.each(damages)(
    "that was %s is not there, nor the records that need it, until it is written again",
    async (_, damage) => {
      const store = await openStore(folder());
      const content = Buffer.alloc(5000, 7);
      const { digest } = await store.blobs.put(content);
      await store.records.save("layer", "sha256:layer", { uses: [digest] });
      await store.records.save("step", "s", { uses: [digest] });
      chmodSync(store.blobs.file(digest), 0o644);
      damage(store.blobs.file(digest));
      expect([await store.blobs.has(digest), await store.blobs.size(digest), await store.blobs.read(digest)]).toEqual([
        false,
        undefined,
        undefined,
      ]);
      expect(await store.records.find("step", "s")).toBeUndefined();
      await store.blobs.put(content);
      expect(await store.blobs.size(digest)).toBe(5000);
      expect(await store.records.find("step", "s")).toEqual({ uses: [digest] });
      await store.close();
    },
  );

  test("with the right size and other bytes is found out when it is read", async () => {
    const store = await openStore(folder());
    const { digest } = await store.blobs.put(Buffer.from("abcdef"));
    const file = store.blobs.file(digest);
    const { mtimeMs } = lstatSync(file);
    chmodSync(file, 0o644);
    writeFileSync(file, "abcdeF");
    utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
    expect(await store.blobs.has(digest)).toBe(true);
    expect(await store.blobs.read(digest)).toBeUndefined();
    await store.close();
  });

  test("on a file system that forgets times is not lost in silence", async () => {
    const store = await openStore(folder());
    const handle = await open(join(folder(), "any"), "w");
    const forgetful = vi.spyOn(Object.getPrototypeOf(handle), "utimes").mockResolvedValue(undefined);
    await handle.close();
    try {
      await expect(store.blobs.put(Buffer.from("x"))).rejects.toMatchObject({ code: "engine/store-times" });
    } finally {
      forgetful.mockRestore();
    }
    expect((await store.blobs.put(Buffer.from("x"))).size).toBe(1);
    await store.close();
  });

  test("has no name outside of its folder", async () => {
    const store = await openStore(folder());
    for (const digest of ["sha256:../x", "sha512:ab", `sha256:${"A".repeat(64)}`] as const) {
      expect(() => store.blobs.file(digest)).toThrow(/not a digest/);
    }
    await store.close();
  });
});

describe("a record", () => {
  const fileOf = (kind: string): string => {
    const records = join(folder(), "v1", "records", kind);
    return join(records, readdirSync(records)[0] ?? "");
  };

  test("is found again as it was saved, whatever its key and value", async () => {
    const store = await openStore(folder());
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.jsonValue(), async (key, value) => {
        await store.records.save("step", key, value);
        expect(await store.records.find("step", key)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(await store.records.find("other", key)).toBeUndefined();
        await store.records.remove("step", key);
        expect(await store.records.find("step", key)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
    await store.close();
  });

  test("that is damaged anywhere does not exist", async () => {
    const store = await openStore(folder());
    await store.records.save("step", "k", { n: 1 });
    const file = fileOf("step");
    const whole = readFileSync(file);
    for (let i = 0; i < whole.length; i++) {
      const damaged = Buffer.from(whole);
      damaged[i] = (damaged[i] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect(await store.records.find("step", "k"), `byte ${i}`).toBeUndefined();
      writeFileSync(file, whole.subarray(0, i));
      expect(await store.records.find("step", "k"), `${i} bytes`).toBeUndefined();
    }
    writeFileSync(file, whole);
    expect(await store.records.find("step", "k")).toEqual({ n: 1 });
    await store.close();
  });

  test("needs what it uses: content, or a layer with all its content", async () => {
    const store = await openStore(folder());
    const { digest } = await store.blobs.put(Buffer.from("blob"));
    const diffId = sha256Digest("diff");
    await store.records.save("step", "s", { uses: [diffId] });
    expect(await store.records.find("step", "s")).toBeUndefined();
    await store.records.save("layer", diffId, { uses: [digest] });
    expect(await store.records.find("step", "s")).toEqual({ uses: [diffId] });
    rmSync(store.blobs.file(digest), { force: true });
    expect(await store.records.find("step", "s")).toBeUndefined();
    await store.close();
  });
});

describe("a process", () => {
  test("runs while it runs", () => {
    const own = processIdentity();
    const [pid, start, machine, random] = own.split("-");
    const dead = 2 ** 22 + 1;
    expect(isRunning(own, 10 * silenceMs)).toBe(true);
    expect(isRunning(`${pid}-${Number(start) + 1}-${machine}-${random}`, 0)).toBe(false);
    expect(isRunning(`${dead}-${start}-${machine}-${random}`, 0)).toBe(false);
    expect(isRunning("nonsense", 0)).toBe(false);
    expect(isRunning(`${own}.dead`, 0)).toBe(false);
  });

  test("of another machine runs while it is heard of", () => {
    expect(isRunning("1-2-abcdef-00", silenceMs - 1)).toBe(true);
    expect(isRunning("1-2-abcdef-00", silenceMs + 1)).toBe(false);
  });
});
