import { spawnSync } from "node:child_process";
import { gzipSync, crc32 as nodeCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Compressor } from "zstd-napi";
import { ChunkAssembler, poolFor } from "../../../src/engine/layer/codec/chunk-assembler.ts";
import { chunkProfiles } from "../../../src/engine/layer/codec/chunk-codec.ts";
import { CodecWorkers } from "../../../src/engine/layer/codec/codec-workers.ts";
import { combineCrc32, crc32, tableCrc32 } from "../../../src/engine/layer/codec/crc32.ts";
import { OrderedWriter, type Piece } from "../../../src/engine/layer/codec/ordered-writer.ts";
import { sha256Hex } from "../../../src/engine/layer/codec/sha256.ts";
import { compressionOf, decompress } from "../../../src/engine/layer/decompress.ts";
import { bytesOf, collect, never } from "./workshop.ts";

describe("a CRC", () => {
  test("is that of zlib, by whatever way", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(crc32(bytes)).toBe(nodeCrc32(bytes));
        expect(tableCrc32(bytes)).toBe(nodeCrc32(bytes));
      }),
    );
  });

  test("of two pieces is that of both together", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
      }),
    );
  });
});

describe("chunks", () => {
  const cut = (members: readonly (readonly [string, number])[]): readonly string[] => {
    const identities: string[] = [];
    const pool = poolFor(chunkProfiles.gzip);
    const assembler = new ChunkAssembler(chunkProfiles.gzip, pool, (chunk) => {
      expect(chunk.length).toBeLessThanOrEqual(pool.size);
      identities.push(chunk.identity);
      pool.give(chunk.buffer);
    });
    for (const [name, size] of members) {
      assembler.begin(name, 512, size);
      assembler.raw(Buffer.alloc(512, name));
      for (let rest = size; rest > 0; ) {
        const place = assembler.place();
        rest -= place.length;
        assembler.filled(place.length, sha256Hex(Buffer.from(`${name} ${size} ${rest}`)));
      }
      assembler.end();
    }
    assembler.finish();
    return identities;
  };
  const sizes = fc.oneof({ weight: 9, arbitrary: fc.nat(20_000) }, { weight: 1, arbitrary: fc.nat(5_000_000) });

  test("are the same but for few, when one file grows", () => {
    const members = Array.from({ length: 3000 }, (_, index) => [`dir/file-${index}`, (index * 7919) % 16_000] as const);
    const before = new Set(cut(members));
    const after = cut(members.map(([name, size], index) => [name, index === 1500 ? size + 1 : size] as const));
    expect(before.size).toBeGreaterThan(20);
    expect(after.filter((identity) => !before.has(identity)).length).toBeLessThanOrEqual(3);
  });

  test("never outgrow their buffer, whatever the members are", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), sizes), { maxLength: 60 }), (members) => {
        cut(members);
      }),
      { numRuns: 40 },
    );
  });
});

describe("pieces made at the same time", () => {
  test("are written in order, and a failure of one ends it all", async () => {
    const written: string[] = [];
    const writer = {
      write: async (bytes: Uint8Array) => {
        written.push(Buffer.from(bytes).toString());
      },
      commit: () => Promise.reject(new Error("not here")),
      discard: async () => {},
    };
    const ordered = new OrderedWriter(writer, 3);
    const later = (text: string, ms: number): Promise<Piece> =>
      new Promise((resolve) => setTimeout(() => resolve({ bytes: Buffer.from(text) }), ms));
    ordered.add(later("a", 20));
    ordered.add(later("b", 1));
    ordered.add({ bytes: Buffer.from("c") });
    expect(ordered.busy).toBe(true);
    await ordered.drain();
    expect(ordered.busy).toBe(false);
    await ordered.finish();
    expect(written).toEqual(["a", "b", "c"]);
    ordered.add(Promise.reject(new Error("broken")));
    ordered.add(later("never", 1));
    await expect(ordered.finish()).rejects.toThrow("broken");
    await ordered.settle();
    expect(written).toEqual(["a", "b", "c"]);
  });
});

describe("compressing threads", () => {
  test("say so when they cannot go on, to everybody who waits", async () => {
    const workers = CodecWorkers.open("gzip-members", 99);
    const buffer = (): Buffer<ArrayBuffer> => Buffer.allocUnsafeSlow(10);
    const jobs = [1, 2, 3].map(() => workers.run(buffer(), [{ start: 0, end: 10, crc: 0 }]));
    for (const job of jobs) await expect(job).rejects.toThrow(/level|range/i);
    await expect(workers.run(buffer(), [])).rejects.toThrow();
    await workers.close();
  });
});

describe("content compressed by others", () => {
  const content = bytesOf(700_000, 5);
  const with_ = (program: string): Buffer | undefined => {
    const { status, stdout } = spawnSync(program, ["-c"], { input: content, maxBuffer: 1 << 24 });
    return status === 0 ? stdout : undefined;
  };
  const kinds: readonly (readonly [string, Buffer | undefined])[] = [
    ["gzip", gzipSync(content)],
    ["zstd", new Compressor().compress(content)],
    ["bzip2", with_("bzip2")],
    ["xz", with_("xz")],
  ];

  test.each(kinds)("with %s is told by its start and read", async (name, bytes) => {
    if (bytes === undefined) return console.warn(`there is no program ${name} here: not tested`);
    const packed = compressionOf(bytes.subarray(0, 6));
    expect(packed).toBe(name);
    if (packed === undefined) return;
    expect((await collect(decompress(pieces(bytes), packed, { name, signal: never }))).equals(content)).toBe(true);
  });

  test.each(kinds)("with %s and then cut or damaged is refused by name", async (name, bytes) => {
    const packed = bytes && compressionOf(bytes);
    if (bytes === undefined || packed === undefined) return;
    const options = { name: "vendor.tar", signal: never };
    for (const bad of [
      bytes.subarray(0, bytes.length >> 1),
      Buffer.concat([bytes.subarray(0, 99), bytes.subarray(120)]),
    ])
      await expect(collect(decompress(pieces(bad), packed, options)), name).rejects.toMatchObject({
        code: "build/bad-compression",
        message: expect.stringContaining("vendor.tar"),
      });
  });

  test.each(kinds)("with %s is left alone when nobody wants it, and when its source fails", async (name, bytes) => {
    const packed = bytes && compressionOf(bytes);
    if (bytes === undefined || packed === undefined) return;
    const controller = new AbortController();
    const endless = decompress(
      withEnd(bytes, () => new Promise(() => {})),
      packed,
      { name, signal: controller.signal },
    );
    setTimeout(() => controller.abort(new Error("no longer")), 50);
    await expect(collect(endless)).rejects.toThrow("no longer");
    const source = withEnd(bytes.subarray(0, 100), () => Promise.reject(new Error("the network is gone")));
    await expect(collect(decompress(source, packed, { name, signal: never }))).rejects.toThrow("the network is gone");
    for await (const _ of decompress(pieces(bytes), packed, { name, signal: never })) break;
  });

  test("needs a program for xz, and says which", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      const reading = collect(decompress(pieces(Buffer.from("x")), "xz", { name: "a.txz", signal: never }));
      await expect(reading).rejects.toMatchObject({
        code: "engine/no-decompressor",
        hint: expect.stringContaining("xz-utils"),
      });
    } finally {
      process.env.PATH = path;
    }
  });

  test("that begins like nothing known is taken as it is", () => {
    expect(compressionOf(Buffer.from("plain!"))).toBeUndefined();
    expect(compressionOf(new Uint8Array())).toBeUndefined();
    expect(compressionOf(Buffer.from("502a4d18", "hex"))).toBe("zstd");
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

async function* withEnd(bytes: Uint8Array, end: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield bytes;
  await end();
}
