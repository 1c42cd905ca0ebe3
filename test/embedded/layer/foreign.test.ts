import { spawnSync } from "node:child_process";
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Compressor } from "zstd-napi";
import { TsbakeError } from "../../../src/base/errors.ts";
import { archiveLimit } from "../../../src/engine/layer/fetch-layer.ts";
import type { LayerOrigin } from "../../../src/engine/layer/layer.ts";
import { looksLikeTar, readArchive } from "../../../src/engine/layer/read-archive.ts";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { bytesOf, collect, foreign, type Member, never, openWorkshop, seal, tarOf } from "./workshop.ts";

async function read(archive: Uint8Array, whiteouts = true): Promise<readonly TreeEntry[]> {
  return readArchive(inPieces(archive, 700), {
    name: "it",
    contentOf: ({ offset, size }) => ({ kind: "range", file: "/x", offset, size }),
    hash: false,
    whiteouts,
    signal: never,
  });
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** `type path -> target`, with what is special about it. */
function lines(entries: readonly TreeEntry[]): readonly string[] {
  return entries.map((entry) => {
    const target = "target" in entry ? ` -> ${entry.target}` : "";
    const size = entry.type === "file" ? ` ${entry.content.size}` : "";
    return `${entry.type}${entry.type === "folder" && entry.opaque ? "!" : ""} ${entry.path}${target}${size}`;
  });
}

describe("an archive is read as it would be unpacked", () => {
  const link = (name: string, to: string): Member => ({ name, type: "2", link: to });
  const hard = (name: string, to: string): Member => ({ name, type: "1", link: to });
  const dir = (name: string): Member => ({ name, type: "5" });
  const cases: readonly (readonly [string, readonly Member[], readonly string[]])[] = [
    ["names are cleaned", [{ name: "./a//b/./c", text: "x" }], ["file a/b/c 1"]],
    ["absolute names are inside", [{ name: "/etc/x" }], ["file etc/x 0"]],
    ["parents that stay inside are followed", [{ name: "a/../b" }], ["file b 0"]],
    ["the root itself is left out", [dir("./"), { name: "a" }], ["file a 0"]],
    [
      "the last of a name wins",
      [{ name: "a", text: "1" }, { name: "b" }, { name: "a", text: "22" }],
      ["file b 0", "file a 2"],
    ],
    ["a folder said twice keeps what is in it", [dir("d/"), { name: "d/x" }, dir("d/")], ["folder d", "file d/x 0"]],
    [
      "a file in place of a folder takes away what was in it",
      [dir("d/"), { name: "d/x" }, { name: "d" }],
      ["file d 0"],
    ],
    [
      "links lead on to where they point",
      [dir("a/"), link("l", "a"), { name: "l/x" }],
      ["folder a", "symlink l -> a", "file a/x 0"],
    ],
    [
      "links never lead out",
      [link("l", "../../../etc"), { name: "l/x" }, link("m", "/"), { name: "m/y" }],
      ["symlink l -> ../../../etc", "file etc/x 0", "symlink m -> /", "file y 0"],
    ],
    ["a whiteout takes away what is below", [{ name: "d/.wh.x" }], ["whiteout d/x"]],
    ["a whiteout and something new in its place", [{ name: ".wh.x" }, { name: "x" }], ["file x 0"]],
    ["a whiteout and a new folder in its place hide what was in it", [{ name: ".wh.x" }, dir("x/")], ["folder! x"]],
    ["an opaque folder", [dir("d/"), { name: "d/.wh..wh..opq" }, { name: "d/y" }], ["folder! d", "file d/y 0"]],
    [
      "what old storage drivers left is left out",
      [{ name: ".wh..wh.plnk" }, { name: ".wh..wh.aufs" }, { name: "a" }],
      ["file a 0"],
    ],
    [
      "hard links have one content",
      [{ name: "a", text: "x" }, hard("b", "a"), hard("c", "./b")],
      ["file a 1", "hardlink b -> a", "hardlink c -> a"],
    ],
    [
      "a content outlives its first name",
      [{ name: "a", text: "x" }, hard("b", "a"), { name: "a", text: "22" }],
      ["file b 1", "file a 2"],
    ],
    ["a hard link of a link is one too", [link("l", "x"), hard("m", "l")], ["symlink l -> x", "symlink m -> x"]],
    ["old archives say folder with a slash", [{ name: "d/", type: "0" }], ["folder d"]],
    ["labels are no files", [{ name: "backup", bend: (block) => block.write("V", 156) }, { name: "a" }], ["file a 0"]],
    ["a name of another encoding is spelled out in the extended header", [{ name: "d/ü", text: "x" }], ["file d/ü 1"]],
  ];
  test.each(cases)("%s", async (_, members, expected) => {
    expect(lines(await read(tarOf(members)))).toEqual(expected);
  });

  test("in other archives than layers whiteouts are files", async () => {
    expect(lines(await read(tarOf([{ name: "d/.wh.x", text: "x" }]), false))).toEqual(["file d/.wh.x 1"]);
  });

  test("what a hard link says of owner and mode is said of the file", async () => {
    const [entry] = await read(
      tarOf([
        { name: "a", mode: 0o600 },
        { ...hard("b", "a"), mode: 0o4711, uid: 5, seconds: 9 },
      ]),
    );
    expect(entry).toMatchObject({ path: "a", mode: 0o4711, uid: 5, seconds: 9 });
  });

  test("in every format GNU tar writes", async () => {
    const far = `${"folder/".repeat(30)}file`;
    for (const format of ["gnu", "oldgnu", "pax", "posix", "ustar", "v7"]) {
      const names = ["a", "d/b", ...(format === "v7" || format === "ustar" ? [] : [far])];
      const made = spawnSync(
        "sh",
        [
          "-c",
          `t=$(mktemp -d); cd "$t"; for n in "$@"; do mkdir -p "$(dirname "$n")"; printf hello >"$n"; done; tar -cf - --format=${format} --sort=name --owner=7 --group=8 --mtime=@1500000000 *; rm -rf "$t"`,
          "sh",
          ...names,
        ],
        { maxBuffer: 1 << 24 },
      );
      expect(made.status, String(made.stderr)).toBe(0);
      const entries = await read(made.stdout);
      const files = entries.filter(({ type }) => type === "file");
      expect(files.map(({ path }) => path)).toEqual(names.toSorted());
      expect(files[0]).toMatchObject({ uid: 7, gid: 8, seconds: 1_500_000_000, content: { size: 5 } });
    }
  });

  test("numbers of base 256, and times before the epoch", async () => {
    const archive = tarOf([
      {
        name: "a",
        bend: (block) => {
          block.fill(0, 108, 116);
          block[108] = 0x80;
          block.writeUInt32BE(4_000_000_000, 112);
          block.fill(0xff, 136, 148);
        },
      },
    ]);
    expect((await read(archive))[0]).toMatchObject({ uid: 4_000_000_000, seconds: -1 });
  });

  test("an end without empty blocks is one, and what follows the end is not looked at", async () => {
    expect(lines(await read(tarOf([{ name: "a" }], new Uint8Array())))).toEqual(["file a 0"]);
    expect(lines(await read(tarOf([{ name: "a" }], Buffer.alloc(10_240, 0).fill("x", 1024))))).toEqual(["file a 0"]);
  });
});

describe("an archive is refused", () => {
  const pax = (text: string): Buffer => {
    const block = tarOf([{ name: "x", text }], new Uint8Array());
    block.write("x", 156);
    seal(block.subarray(0, 512));
    return Buffer.concat([block, tarOf([{ name: "a" }])]);
  };
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["that leads out of itself", tarOf([{ name: "../x" }]), /"\.\.\/x" leads out/],
    ["that leads out in the middle", tarOf([{ name: "a/../../x" }]), /leads out/],
    ["with a wrong sum", tarOf([{ name: "a", wrongSum: true }]), /checksum/],
    ["that is cut in a header", tarOf([{ name: "a" }]).subarray(0, 300), /cut short/],
    ["that is cut in a file", tarOf([{ name: "a", text: "hello" }]).subarray(0, 514), /cut short in "a"/],
    ["that is none", Buffer.alloc(1024, "hello "), /checksum/],
    ["with a file inside of a file", tarOf([{ name: "a" }, { name: "a/b" }]), /"a\/b" is inside of "a"/],
    ["with a link to nowhere", tarOf([{ name: "a", type: "1", link: "b" }]), /"a" is a hard link to "b"/],
    ["with a link out of it", tarOf([{ name: "a", type: "1", link: "../../etc/passwd" }]), /leads out/],
    [
      "with links in a circle",
      tarOf([{ name: "a", type: "2", link: "b" }, { name: "b", type: "2", link: "a" }, { name: "a/x" }]),
      /loop/,
    ],
    ["of a type nobody knows", tarOf([{ name: "a", bend: (block) => block.write("Q", 156) }]), /type "Q"/],
    ["with an old sparse file", tarOf([{ name: "a", bend: (block) => block.write("S", 156) }]), /sparse/],
    ["with a sparse file", pax("22 GNU.sparse.major=1\n"), /sparse/],
    ["with a damaged extended header", pax("99 path=x\n"), /extended header/],
    ["with a time that is none", pax("14 mtime=soon\n"), /mtime/],
    ["with a negative size", pax("12 size=-7\n\n"), /extended header|negative/],
    ["with a size beyond all disks", pax("29 size=99999999999999999999\n"), /size/],
    [
      "with an endless extended header",
      tarOf([{ name: "x", size: 2 ** 31, bend: (block) => block.write("x", 156) }]),
      /longer than any name/,
    ],
    ["with a name that is not UTF-8", tarOf([{ name: "a", bend: (block) => block.fill(0xff, 0, 3) }]), /not UTF-8/],
    ["with a whiteout of nothing", tarOf([{ name: "d/.wh." }]), /takes away nothing/],
    ["with a whiteout of its parent", tarOf([{ name: "d/.wh..." }]), /takes away nothing/],
  ];
  test.each(cases)("%s", async (_, archive, message) => {
    await expect(read(archive)).rejects.toMatchObject({ code: "build/bad-archive" });
    await expect(read(archive)).rejects.toThrow(message);
  });

  test("never by hanging or with something else, whatever was done to its bytes", async () => {
    const good = tarOf([
      { name: "d/", type: "5" },
      { name: "d/ü", text: "hello" },
      { name: "l", type: "2", link: "d" },
    ]);
    for (let at = 0; at < good.length - 1024; at += 7) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x55;
      await read(bad).catch((error: unknown) => expect(error).toMatchObject({ code: "build/bad-archive" }));
    }
  });
});

test("a tar archive is told by its first block", () => {
  expect(looksLikeTar(tarOf([{ name: "a" }]))).toBe(true);
  expect(looksLikeTar(Buffer.alloc(1024))).toBe(false);
  expect(looksLikeTar(bytesOf(2000, 1))).toBe(false);
  expect(looksLikeTar(Buffer.from("short"))).toBe(false);
});

describe("a layer that was built elsewhere", () => {
  const archive = tarOf([
    { name: "d/", type: "5" },
    { name: "d/a", text: "hello" },
    { name: "big", text: bytesOf(3_000_000, 9).toString() },
  ]);
  const zstd = new Compressor().compress(archive);
  const blobs: readonly (readonly [string, Uint8Array])[] = [
    ["gzip", gzipSync(archive)],
    ["gzip in many members", Buffer.concat([gzipSync(archive.subarray(0, 999)), gzipSync(archive.subarray(999))])],
    ["zstd", zstd],
    ["nothing", archive],
  ];

  test.each(blobs)(
    "compressed with %s is fetched when it is looked into, and written out as it came",
    async (_, blob) => {
      await using workshop = await openWorkshop();
      let fetches = 0;
      const layer = foreign(archive, blob, {
        fetch: async () => {
          fetches++;
          return inPieces(blob, 65_536);
        },
      });
      expect(await workshop.layers.has(layer)).toBe(true);
      expect(fetches).toBe(0);
      const both = await Promise.all([workshop.layers.entries(layer, never), workshop.layers.entries(layer, never)]);
      expect(both[0].map(({ path }) => path)).toEqual(["d", "d/a", "big"]);
      expect(both[1]).toEqual(both[0]);
      expect((await collect(workshop.layers.archive(layer, never))).equals(archive)).toBe(true);
      const original = await workshop.layers.blob(layer, { compression: "gzip", level: 9 }, { signal: never });
      expect(original.descriptor).toMatchObject({ digest: sha256Digest(blob), size: blob.length });
      expect(original.descriptor.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
      const forced = await workshop.layers.blob(layer, { compression: "zstd" }, { signal: never, force: true });
      expect(forced.descriptor.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+zstd");
      expect(forced.diffId).toBe(layer.diffId);
      expect(fetches).toBe(1);
    },
  );

  test("is not touched when it already is what is forced", async () => {
    await using workshop = await openWorkshop();
    const blob = gzipSync(archive);
    const forced = await workshop.layers.blob(
      foreign(archive, blob),
      { compression: "gzip" },
      { signal: never, force: true },
    );
    expect(forced.descriptor.digest).toBe(sha256Digest(blob));
  });

  test("is taken up again where it broke off", async () => {
    await using workshop = await openWorkshop();
    const offsets: number[] = [];
    const blob = gzipSync(archive);
    const fetch: LayerOrigin["fetch"] = async (_signal, offset = 0) => {
      offsets.push(offset);
      return (async function* () {
        yield blob.subarray(offset, offset + 100_000);
        if (offset + 100_000 < blob.length) throw new TsbakeError("registry/cut", "cut", { retryable: true });
      })();
    };
    await workshop.layers.entries(foreign(archive, blob, { fetch }), never);
    expect(offsets).toEqual(Array.from({ length: Math.ceil(blob.length / 100_000) }, (_, index) => index * 100_000));
  });

  const liars: readonly (readonly [string, Parameters<typeof foreign>, string])[] = [
    ["is longer than it says", [archive, archive, { size: archive.length - 1 }], "engine/layer-too-large"],
    ["is shorter than it says", [archive, archive, { size: archive.length + 1 }], "engine/layer-cut-short"],
    ["has another digest", [archive, archive, { digest: sha256Digest("other") }], "engine/digest-mismatch"],
    ["unpacks to something else", [bytesOf(10, 1), gzipSync(archive)], "engine/wrong-diff-id"],
    ["is cut in its compression", [archive, gzipSync(archive).subarray(0, 5000)], "build/bad-compression"],
    [
      "is damaged in its compression",
      [archive, Buffer.concat([zstd.subarray(0, 100), bytesOf(500, 3)])],
      "build/bad-compression",
    ],
    ["is no archive", [bytesOf(5000, 1), gzipSync(bytesOf(5000, 1))], "build/bad-archive"],
  ];
  test.each(liars)("is refused when it %s, and nothing of it stays", async (_, [bytes, blob, more], code) => {
    await using workshop = await openWorkshop();
    const layer = foreign(bytes, blob, more);
    await expect(workshop.layers.entries(layer, never)).rejects.toMatchObject({ code });
    expect(await workshop.store.records.find("layer", layer.diffId)).toBeUndefined();
  });

  test("that unpacks to more than anything honest would is given up", () => {
    expect(archiveLimit(1000)).toBe(16 * 2 ** 30);
    expect(archiveLimit(2 ** 30)).toBe(250 * 2 ** 30);
    expect(deflateRawSync(Buffer.alloc(1 << 20)).length * 1032).toBeGreaterThan(1 << 20);
  });

  test("ends when nobody wants it any more", async () => {
    await using workshop = await openWorkshop();
    const controller = new AbortController();
    const layer = foreign(archive, archive, {
      fetch: async (signal) =>
        (async function* () {
          yield archive.subarray(0, 10);
          controller.abort(new Error("no longer"));
          signal.throwIfAborted();
        })(),
    });
    await expect(workshop.layers.entries(layer, controller.signal)).rejects.toThrow("no longer");
  });
});

describe("times that are too late", () => {
  test("are clamped, once, and only where there are any", async () => {
    await using workshop = await openWorkshop();
    const entries = [
      { name: "a", text: "x", seconds: 5 },
      { name: "b", text: "y", seconds: 50 },
    ];
    const layer = foreign(tarOf(entries));
    expect(await workshop.layers.clamped(layer, 50, never)).toBe(layer);
    const clamped = await workshop.layers.clamped(layer, 20, never);
    expect(clamped).toEqual(await workshop.layers.clamped(layer, 20, never));
    expect((await workshop.layers.entries(clamped, never)).map(({ seconds }) => seconds)).toEqual([5, 20]);
    expect(await collect(workshop.layers.archive(clamped, never))).toEqual(
      tarOf([entries[0] ?? { name: "" }, { name: "b", text: "y", seconds: 20 }]),
    );
  });
});
