import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { attributes, bytesOf, file, folder, foreign, never, openWorkshop, sha256, tarOf } from "./workshop.ts";

interface TocEntry {
  readonly name: string;
  readonly type: string;
  readonly size?: number;
  readonly offset?: number;
  readonly digest?: string;
  readonly chunkOffset?: number;
  readonly chunkSize?: number;
  readonly chunkDigest?: string;
  readonly linkName?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** As a lazy reader does it: from the footer to the table, from the table to each chunk by itself. */
function openLazily(blob: Buffer): {
  readonly toc: Buffer;
  readonly entries: readonly TocEntry[];
  readonly tocOffset: number;
} {
  const footer = blob.subarray(-51);
  expect(footer.subarray(0, 4).toString("hex")).toBe("1f8b0804");
  expect(footer.readUInt16LE(10)).toBe(26);
  expect(footer.toString("latin1", 12, 14)).toBe("SG");
  expect(footer.readUInt16LE(14)).toBe(22);
  expect(footer.toString("latin1", 32, 38)).toBe("STARGZ");
  expect(gunzipSync(footer)).toHaveLength(0);
  const tocOffset = Number.parseInt(footer.toString("latin1", 16, 32), 16);
  const member = gunzipSync(blob.subarray(tocOffset, -51));
  expect(member.toString("latin1", 0, 17)).toBe("stargz.index.json");
  const size = Number.parseInt(member.toString("latin1", 124, 135), 8);
  const toc = member.subarray(512, 512 + size);
  const parsed: { readonly version: number; readonly entries: readonly TocEntry[] } = JSON.parse(toc.toString());
  expect(parsed.version).toBe(1);
  return { toc, entries: parsed.entries, tocOffset };
}

function verify(blob: Buffer, tocDigest: string | undefined): ReadonlyMap<string, Buffer> {
  const { toc, entries, tocOffset } = openLazily(blob);
  expect(sha256Digest(toc)).toBe(tocDigest);
  const contents = new Map<string, Buffer[]>();
  const pieces = entries.filter(({ type, size = 0 }) => type === "chunk" || (type === "reg" && size > 0));
  pieces.forEach((piece, index) => {
    const whole = entries.find(({ name, type }) => type === "reg" && name === piece.name);
    const end = pieces[index + 1]?.offset ?? tocOffset;
    const unpacked = gunzipSync(blob.subarray(piece.offset, end));
    const length = piece.chunkSize ?? (whole?.size ?? 0) - (piece.chunkOffset ?? 0);
    const bytes = unpacked.subarray(0, length);
    expect(sha256Digest(bytes)).toBe(piece.chunkDigest);
    contents.set(piece.name, [...(contents.get(piece.name) ?? []), bytes]);
  });
  for (const { name, type, size = 0, digest } of entries)
    if (type === "reg" && size > 0) expect(sha256Digest(Buffer.concat(contents.get(name) ?? []))).toBe(digest);
  return new Map([...contents].map(([name, parts]) => [name, Buffer.concat(parts)]));
}

const large = bytesOf(9_500_000, 1);
const entries: readonly TreeEntry[] = [
  folder("d"),
  file("d/a", "A"),
  file("d/empty", ""),
  { ...attributes, type: "hardlink", path: "d/h", target: "d/a" },
  ...Array.from({ length: 9000 }, (_, index): TreeEntry => {
    const path = `d/link${String(index).padStart(5, "0")}`;
    return { ...attributes, type: "symlink", path, target: "a" };
  }),
  { ...file("ping", "ping"), capability: Buffer.from("0100000200200000000000000000000000000000", "hex") },
  file("z", large),
];

test("a lazy reader finds every file by itself, and each has the digests that the table tells", async () => {
  await using workshop = await openWorkshop();
  const { layer } = await workshop.layers.pack(entries, { encoding: { compression: "estargz" }, signal: never });
  const blob = await workshop.layers.blob(layer, { compression: "estargz" }, { signal: never });
  const bytes = readFileSync(blob.file);
  const { annotations, mediaType } = blob.descriptor;
  expect(mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
  const contents = verify(bytes, annotations?.["containerd.io/snapshot/stargz/toc.digest"]);
  expect(contents.get("z")?.equals(large)).toBe(true);
  expect(contents.get("d/a")?.toString()).toBe("A");
  const listed = openLazily(bytes).entries;
  expect(listed[0]).toMatchObject({ name: ".no.prefetch.landmark", type: "reg", size: 1 });
  expect(listed.filter(({ name }) => name === "z").map(({ chunkSize }) => chunkSize)).toEqual([
    4_194_304,
    4_194_304,
    undefined,
  ]);
  expect(listed.find(({ name }) => name === "d/h")).toMatchObject({ type: "hardlink", linkName: "d/a" });
  expect(listed.find(({ name }) => name === "ping")?.xattrs).toEqual({
    "security.capability": "AQAAAgAgAAAAAAAAAAAAAAAAAAA=",
  });
  expect(listed.map(({ name }) => name.replace(/\/$/, ""))).toEqual([
    ".no.prefetch.landmark",
    ...entries.flatMap(({ path }) => (path === "z" ? ["z", "z", "z"] : [path])),
  ]);
});

test("everybody else unpacks it as any layer, to the diff ID and size that it is told by", async () => {
  await using workshop = await openWorkshop();
  const { layer } = await workshop.layers.pack(entries, { signal: never });
  const {
    file: path,
    descriptor,
    diffId,
  } = await workshop.layers.blob(layer, { compression: "estargz", level: 1 }, { signal: never });
  const archive = gunzipSync(readFileSync(path));
  expect(sha256Digest(archive)).toBe(diffId);
  expect(diffId).not.toBe(layer.diffId);
  expect(descriptor.annotations?.["io.containers.estargz.uncompressed-size"]).toBe(String(archive.length));
  const read = await workshop.layers.entries(foreign(archive, readFileSync(path)), never);
  expect(read.map(({ path }) => path)).toEqual([
    ".no.prefetch.landmark",
    ...entries.map(({ path }) => path),
    "stargz.index.json",
  ]);
});

test("a layer that came as one is made anew without what was added to it", async () => {
  await using workshop = await openWorkshop();
  const { layer } = await workshop.layers.pack(entries, { signal: never });
  const first = await workshop.layers.blob(layer, { compression: "estargz" }, { signal: never });
  const again = foreign(gunzipSync(readFileSync(first.file)), readFileSync(first.file));
  const second = await workshop.layers.blob(
    again,
    { compression: "estargz", level: 6 },
    { signal: never, force: true },
  );
  expect(sha256(readFileSync(second.file))).toBe(sha256(readFileSync(first.file)));
});

test("an empty layer has a table too", async () => {
  await using workshop = await openWorkshop();
  const empty = foreign(tarOf([]));
  const blob = await workshop.layers.blob(empty, { compression: "estargz" }, { signal: never, force: true });
  verify(readFileSync(blob.file), blob.descriptor.annotations?.["containerd.io/snapshot/stargz/toc.digest"]);
});
