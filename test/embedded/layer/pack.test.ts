import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Compression } from "../../../src/engine/layer/layer.ts";
import { openLayerStore } from "../../../src/engine/layer/layer-store.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import type { DiskContent, TreeEntry } from "../../../src/engine/tree/entry.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import {
  attributes,
  bytesOf,
  collect,
  diskContent,
  file,
  folder,
  never,
  onDisk,
  openWorkshop,
  sha256,
} from "./workshop.ts";

const compressions: readonly Compression[] = ["uncompressed", "gzip", "zstd", "estargz"];

/** Many small files and two large ones: several chunks in every encoding. */
function forest(changed = ""): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let i = 0; i < 300; i++) {
    if (i % 20 === 0) entries.push(folder(`d${String(i).padStart(3, "0")}`));
    const parent = `d${String(i - (i % 20)).padStart(3, "0")}`;
    entries.push(file(`${parent}/f${String(i).padStart(3, "0")}`, bytesOf(i * 97, i)));
  }
  entries.push(file("large", bytesOf(4_500_001, 3)));
  entries.push(file("larger", Buffer.concat([bytesOf(2_500_000, 4, true), Buffer.from(changed)])));
  entries.push({ ...attributes, type: "symlink", path: "link", target: "large" });
  return entries;
}

/** A store without its class, to be put together anew. */
function parts(store: EngineStore): EngineStore {
  return {
    folder: store.folder,
    blobs: store.blobs,
    records: store.records,
    hashes: store.hashes,
    temporaryFolder: () => store.temporaryFolder(),
    room: (name) => store.room(name),
    lease: (digest) => store.lease(digest),
    close: () => store.close(),
  };
}

/** What is read back holds its content in the layer; here it is laid beside the content that went in. */
async function readBack(entries: readonly TreeEntry[], archive: Buffer): Promise<readonly unknown[]> {
  return entries.map((entry) => {
    if (entry.type !== "file") return entry;
    const { content } = entry;
    if (content.kind === "inline") return { ...entry, content: Buffer.from(content.bytes).toString("base64") };
    if (content.kind !== "layer") throw new Error(content.kind);
    const bytes = archive.subarray(content.offset, content.offset + content.size);
    expect(sha256(bytes)).toBe(content.sha256);
    return { ...entry, content: bytes.toString("base64") };
  });
}

describe("a packed layer", () => {
  test.each(compressions)("kept as %s has the entries and the archive it was packed of", async (compression) => {
    await using workshop = await openWorkshop();
    const { layer } = await workshop.layers.pack(forest(), { encoding: { compression }, signal: never });
    const archive = await collect(workshop.layers.archive(layer, never));
    expect(sha256Digest(archive)).toBe(layer.diffId);
    const entries = await workshop.layers.entries(layer, never);
    expect(await readBack(entries, archive)).toEqual(await readBack(forest(), archive));
    expect(await workshop.layers.has(layer)).toBe(true);
  });

  test("is the same however it is kept", async () => {
    const layers = await Promise.all(
      compressions.map(async (compression) => {
        await using workshop = await openWorkshop();
        return (await workshop.layers.pack(forest(), { encoding: { compression }, signal: never })).layer;
      }),
    );
    expect(new Set(layers.map(({ diffId }) => diffId)).size).toBe(1);
  });

  test.each(["gzip", "zstd", "estargz"] as const)(
    "has the same bytes as %s whatever it was before, and whatever it was made after",
    async (compression) => {
      const digests = new Set<string>();
      const histories: readonly (readonly [Compression, ...string[]])[] = [
        ["uncompressed"],
        ["uncompressed", "before"],
        ["gzip", "before"],
        ["zstd", "before", "after"],
        [compression, "before", "after"],
      ];
      for (const [first, ...history] of histories) {
        await using workshop = await openWorkshop();
        let previous: `${string}:${string}` | undefined;
        for (const changed of [...history, ""]) {
          const options = { encoding: { compression: first }, signal: never, ...(previous ? { previous } : {}) };
          previous = (await workshop.layers.pack(forest(changed), options)).layer.diffId;
        }
        if (previous === undefined) throw new Error("nothing was packed");
        const blob = await workshop.layers.blob({ diffId: previous }, { compression }, { signal: never });
        digests.add(blob.descriptor.digest);
      }
      expect([...digests]).toHaveLength(1);
    },
  );

  test("takes what did not change from the pieces of the one before", async () => {
    await using workshop = await openWorkshop();
    const encoding = { compression: "gzip" } as const;
    const before = await workshop.layers.pack(forest(), { encoding, signal: never });
    // Pieces that are not what they were are not taken over: here nearly all of them are broken.
    const blob = await workshop.layers.blob(before.layer, encoding, { signal: never });
    const { layer } = await workshop.layers.pack(forest("x"), {
      encoding,
      signal: never,
      previous: before.layer.diffId,
    });
    const made = await workshop.layers.blob(layer, encoding, { signal: never });
    const [old, now] = [readBytes(blob.file), readBytes(made.file)];
    expect(sha256Digest(gunzipSync(now))).toBe(layer.diffId);
    let same = 0;
    while (old[same] === now[same]) same++;
    expect(same).toBeGreaterThan(old.length * 0.5);
    chmodSync(blob.file, 0o644);
    const broken = openSync(blob.file, "r+");
    writeFileSync(broken, Buffer.alloc(old.length, 1));
    closeSync(broken);
    const again = await workshop.layers.pack(forest("y"), { encoding, signal: never, previous: before.layer.diffId });
    const third = await workshop.layers.blob(again.layer, encoding, { signal: never });
    expect(sha256Digest(gunzipSync(readBytes(third.file)))).toBe(again.layer.diffId);
  });

  test.each(["gzip", "zstd"] as const)("opens no file for what the %s of the one before has", async (compression) => {
    await using workshop = await openWorkshop();
    const options = { encoding: { compression }, signal: never };
    const before = await workshop.layers.pack(forest(), options);
    const expected = await workshop.layers.pack(forest("x"), options);
    // As in a context of which all small files are known by their times; here none of them can be read.
    const digests = new Map<string, string>();
    const entries = forest("x").map((entry): TreeEntry => {
      if (entry.type !== "file" || entry.content.kind !== "inline" || entry.content.size > 1 << 20) return entry;
      const content = { ...diskContent(workshop.folder), file: join(workshop.folder, "gone", entry.path) };
      digests.set(content.file, sha256(Buffer.from(entry.content.bytes)));
      return { ...entry, content: { ...content, size: entry.content.size } };
    });
    const hashes = { find: ({ file: path }: DiskContent) => digests.get(path), learn: () => {}, open: async () => {} };
    const layers = openLayerStore({ ...parts(workshop.store), hashes });
    const packed = await layers.pack(entries, { ...options, previous: before.layer.diffId });
    expect(packed.layer).toEqual(expected.layer);
    expect(await layers.blob(packed.layer, options.encoding, options)).toEqual(
      await workshop.layers.blob(expected.layer, options.encoding, options),
    );
    await expect(layers.pack(entries, options)).rejects.toMatchObject({ code: "build/file-changed" });
  });

  test("tells the digests of the files that are on disk", async () => {
    await using workshop = await openWorkshop();
    writeFileSync(join(workshop.folder, "a"), "A");
    const entries = [onDisk("a", join(workshop.folder, "a")), file("b", "B")];
    const { contents } = await workshop.layers.pack(entries, { signal: never });
    expect([...contents]).toEqual([["a", sha256(Buffer.from("A"))]]);
  });

  test("can be packed of files of other layers", async () => {
    for (const compression of ["uncompressed", "gzip", "zstd"] as const) {
      await using workshop = await openWorkshop();
      const { layer } = await workshop.layers.pack(forest(), { encoding: { compression }, signal: never });
      const entries = await workshop.layers.entries(layer, never);
      const again = await workshop.layers.pack(entries, { signal: never });
      expect(again.layer).toEqual(layer);
    }
  });

  test("of files on disk has the bytes that are there, of every size around the edges of chunks", async () => {
    await using workshop = await openWorkshop();
    const sizes = [0, 1, 511, 512, 513, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 21, 2 ** 22, 2 ** 22 + 1, 2 ** 23 + 7];
    const entries = sizes.map((size) => {
      const path = join(workshop.folder, `f${size}`);
      writeFileSync(path, bytesOf(size, size));
      return onDisk(`f${size}`, path);
    });
    const { layer } = await workshop.layers.pack(entries, { encoding: { compression: "gzip" }, signal: never });
    const archive = await collect(workshop.layers.archive(layer, never));
    for (const [index, entry] of (await workshop.layers.entries(layer, never)).entries()) {
      if (entry.type !== "file" || entry.content.kind !== "layer") throw new Error(entry.type);
      const { offset, size } = entry.content;
      expect(archive.subarray(offset, offset + size).equals(bytesOf(size, sizes[index] ?? -1))).toBe(true);
    }
  });
});

describe("other programs", () => {
  const entries: readonly TreeEntry[] = [
    folder("d", { mode: 0o1777 }),
    file("d/ü", "Ü", { mode: 0o4755, uid: 3_000_000, gid: 7 }),
    file(`d/${"long/".repeat(40)}name`, "far", { seconds: -5 }),
    { ...attributes, type: "hardlink", path: "d/v", target: "d/ü" },
    { ...attributes, type: "symlink", path: "d/w", target: "y".repeat(120) },
    { ...attributes, type: "fifo", path: "p", major: 0, minor: 0 },
    { ...attributes, type: "character", path: "q", major: 1, minor: 3 },
  ];

  test("list what we write as it was meant: GNU tar and Python", async () => {
    await using workshop = await openWorkshop();
    const { layer } = await workshop.layers.pack(entries, { signal: never });
    const { file: path } = await workshop.layers.blob(layer, { compression: "gzip" }, { signal: never });
    const listed = execFileSync("tar", ["-tzf", path, "--quoting-style=literal"], {
      env: { LC_ALL: "C.UTF-8" },
    }).toString();
    expect(listed.trim().split("\n")).toEqual(entries.map((entry) => (entry.type === "folder" ? "d/" : entry.path)));
    const program =
      "import tarfile,sys,json;print(json.dumps([[m.name,m.mode,m.uid,m.gid,m.mtime,m.linkname] for m in tarfile.open(sys.argv[1])]))";
    const python = JSON.parse(execFileSync("python3", ["-c", program, path]).toString());
    expect(python).toEqual(
      entries.map((entry) => [
        entry.path,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.seconds,
        "target" in entry ? entry.target : "",
      ]),
    );
  });

  test("unpack our zstd", async () => {
    await using workshop = await openWorkshop();
    const { layer } = await workshop.layers.pack(forest(), { signal: never });
    const blob = await workshop.layers.blob(layer, { compression: "zstd", level: 9 }, { signal: never });
    const unpacked = execFileSync("zstd", ["-dc", blob.file], { maxBuffer: 1 << 28 });
    expect(sha256Digest(unpacked)).toBe(layer.diffId);
  });
});

describe("what cannot be packed", () => {
  const staged = (cache: string): readonly string[] =>
    readdirSync(cache, { recursive: true })
      .map(String)
      .filter((name) => /\/blob[^/]*$/.test(name) && !/blobs(\/sha256)?$/.test(name));

  const troubles: readonly (readonly [string, (path: string) => void, string])[] = [
    ["has vanished", (path) => rmSync(path), "build/file-changed"],
    ["has grown", (path) => writeFileSync(path, "longer than it was"), "build/file-changed"],
    ["has shrunk", (path) => writeFileSync(path, ""), "build/file-changed"],
    ["was written anew with as many bytes", (path) => writeFileSync(path, "tnetnoc"), "build/file-changed"],
    [
      "has become a link",
      (path) => {
        rmSync(path);
        symlinkSync("/etc/passwd", path);
      },
      "build/file-changed",
    ],
    [
      "has become a fifo",
      (path) => {
        rmSync(path);
        execFileSync("mkfifo", [path]);
      },
      "build/file-changed",
    ],
    [
      "has become a folder",
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      "build/file-changed",
    ],
  ];

  test.each(troubles)("is a file that %s: it is named, and nothing is left behind", async (_, change, code) => {
    await using workshop = await openWorkshop();
    const path = join(workshop.folder, "file");
    writeFileSync(path, "content");
    utimesSync(path, 5, 5);
    const entries = [file("before", bytesOf(3_000_000, 1)), onDisk("app/file", path)];
    change(path);
    const packing = workshop.layers.pack(entries, { encoding: { compression: "gzip" }, signal: never });
    await expect(packing).rejects.toMatchObject({ code, name: "BuildFailure" });
    await expect(packing).rejects.toThrow(/\/file.*\/app\/file/);
    expect(staged(join(workshop.folder, "cache"))).toEqual([]);
  });

  test("is what somebody no longer wants: it ends soon, and nothing is left behind", async () => {
    for (const compression of compressions) {
      await using workshop = await openWorkshop();
      const controller = new AbortController();
      let progressed = 0;
      const packing = workshop.layers.pack(forest(), {
        encoding: { compression, level: 9 },
        signal: controller.signal,
        onProgress: (bytes) => {
          progressed = bytes;
          if (bytes > 0) controller.abort(new Error("changed my mind"));
        },
      });
      await expect(packing).rejects.toThrow("changed my mind");
      expect(progressed).toBeGreaterThan(0);
      expect(staged(join(workshop.folder, "cache"))).toEqual([]);
    }
  });

  test("is anything at a level that the codec does not have", async () => {
    await using workshop = await openWorkshop();
    for (const [compression, level] of [
      ["gzip", 10],
      ["estargz", -1],
      ["zstd", 23],
      ["zstd", 1.5],
    ] as const)
      await expect(workshop.layers.pack([], { encoding: { compression, level }, signal: never })).rejects.toMatchObject(
        {
          code: "build/bad-compression-level",
        },
      );
  });

  test("is a name no archive can hold", async () => {
    await using workshop = await openWorkshop();
    await expect(workshop.layers.pack([file("a\0b", "")], { signal: never })).rejects.toMatchObject({
      code: "build/not-archivable",
    });
    await expect(workshop.layers.pack([file("x".repeat(100_000), "")], { signal: never })).rejects.toMatchObject({
      code: "build/not-archivable",
    });
  });
});

test("what was packed is read back, whatever it is", async () => {
  await using workshop = await openWorkshop();
  const names = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 130 }),
    fc.constantFrom("ä".repeat(60), "x".repeat(100), "y".repeat(101), ".wh", "a b", "\n"),
  );
  const valid = names.filter((name) => !/[/\0]|^\.\.?$|^\.wh\./.test(name) && Buffer.from(name).toString() === name);
  const shared = fc.record({
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    gid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    capability: fc.option(fc.uint8Array({ minLength: 20, maxLength: 24 }), { nil: undefined }),
  });
  const kinds = fc.oneof(
    fc.record({ type: fc.constant("file" as const), text: fc.string({ maxLength: 2000 }) }),
    fc.record({ type: fc.constant("symlink" as const), target: valid }),
    fc.record({ type: fc.constantFrom("fifo" as const), major: fc.constant(0), minor: fc.constant(0) }),
    fc.record({
      type: fc.constantFrom("character" as const, "block" as const),
      major: fc.nat(4000),
      minor: fc.nat(9999),
    }),
    fc.record({ type: fc.constant("folder" as const) }),
    fc.record({ type: fc.constant("whiteout" as const) }),
  );
  const trees = fc.uniqueArray(fc.tuple(valid, shared, kinds), { selector: ([name]) => name, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const entries = tree.map(([path, { capability, ...more }, kind]): TreeEntry => {
        const base = { path, ...more, nanoseconds: 0, ...(capability ? { capability: Buffer.from(capability) } : {}) };
        if (kind.type === "file") return { ...file(path, kind.text), ...base };
        if (kind.type === "whiteout")
          return { path, type: "whiteout", mode: 0, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 };
        return { ...kind, ...base };
      });
      const { layer } = await workshop.layers.pack(entries, { signal: never });
      const archive = await collect(workshop.layers.archive(layer, never));
      const packed = await workshop.layers.entries(layer, never);
      expect(await readBack(packed, archive)).toEqual(await readBack(entries, archive));
      // The same archive as one of somebody else's: read by the reader of archives instead of what we noted.
      await workshop.store.records.remove("layer", layer.diffId);
      const read = await workshop.layers.entries({ diffId: layer.diffId }, never);
      expect(await readBack(read, archive)).toEqual(await readBack(entries, archive));
    }),
    { numRuns: 60 },
  );
});

function readBytes(path: string): Buffer {
  return execFileSync("cat", [path], { maxBuffer: 1 << 28 });
}
