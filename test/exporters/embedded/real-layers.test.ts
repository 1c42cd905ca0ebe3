/** With the real store and its layers, on a real disk. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { openLayerStore } from "../../../src/engine/layer/layer-store.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { writeExport } from "../../../src/exporters/embedded/write-export.ts";
import { readReferences } from "../../../src/oci/read-document.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { collect, type Member, readMembers } from "./collect.ts";
import { file, folder, requestOf, resultOf } from "./stand-in.ts";

const { signal } = new AbortController();

async function write(attributes: Readonly<Record<string, string>>, cacheFolder?: string): Promise<readonly Member[]> {
  const store = await openStore(cacheFolder ?? (await temporaryFolder()));
  onTestFinished(() => store.close());
  const layers = openLayerStore(store);
  const text = Array.from({ length: 5000 }, (_, i) => `line ${i}`).join("\n");
  const one = await layers.pack([folder("etc"), file("etc/one", text)], { signal });
  const two = await layers.pack([folder("etc"), file("etc/two", "2", { seconds: 1_800_000_000 })], { signal });
  const received = collect();
  const request = requestOf(layers, [resultOf([one.layer, two.layer])], {
    exporter: "oci",
    sink: received.sink,
    attributes: new Map(Object.entries(attributes)),
    epochSeconds: 1_700_000_000,
    store,
  });
  await writeExport(request);
  return await readMembers(received.bytes());
}

/** The layers of the only image. */
function layersOf(members: readonly Member[]): ReturnType<typeof readReferences> {
  const text = (name: string): string => members.find((each) => each.name === name)?.content.toString() ?? "";
  const [image] = readReferences(text("index.json"));
  return readReferences(text(`blobs/sha256/${image?.digest.slice(7)}`)).slice(0, -1);
}

test.each([
  ["uncompressed", "application/vnd.oci.image.layer.v1.tar"],
  ["gzip", "application/vnd.oci.image.layer.v1.tar+gzip"],
  ["estargz", "application/vnd.oci.image.layer.v1.tar+gzip"],
  ["zstd", "application/vnd.oci.image.layer.v1.tar+zstd"],
])("%s layers have their media type, and every blob is what its name says", async (compression, mediaType) => {
  const members = await write({ compression });
  const blobs = members.filter(({ name }) => /^blobs\/sha256\/./.test(name));
  for (const { name, content } of blobs) {
    expect(`blobs/sha256/${createHash("sha256").update(content).digest("hex")}`).toBe(name);
  }
  const layers = layersOf(members);
  expect(layers.map((each) => each.mediaType)).toEqual([mediaType, mediaType]);
  for (const { digest, size } of layers) {
    expect(blobs.find(({ name }) => name.endsWith(digest.slice(7)))?.content.length).toBe(size);
  }
  if (compression !== "estargz") return;
  expect(layers[0]?.annotations).toHaveProperty(["containerd.io/snapshot/stargz/toc.digest"]);
});

test("a level makes another blob of the same content", async () => {
  const [fast, small] = await Promise.all([
    write({ compression: "gzip", "compression-level": "1" }),
    write({ compression: "gzip", "compression-level": "9" }),
  ]);
  const content = (members: readonly Member[]): Buffer | undefined =>
    members.find(({ name }) => name.endsWith(layersOf(members)[0]?.digest.slice(7) ?? "-"))?.content;
  const [a, b] = [content(fast), content(small)];
  expect(a?.equals(b ?? Buffer.alloc(0))).toBe(false);
  expect(gunzipSync(a ?? "").equals(gunzipSync(b ?? ""))).toBe(true);
});

test("another compression than last time is honoured, and the same one makes the same bytes", async () => {
  const cache = await temporaryFolder();
  const digests = async (compression: string): Promise<readonly string[]> =>
    layersOf(await write({ compression }, cache)).map(({ digest }) => digest);
  const first = await digests("gzip");
  const other = await digests("zstd");
  expect(other).not.toEqual(first);
  expect(await digests("gzip")).toEqual(first);
  expect(layersOf(await write({ compression: "gzip" })).map(({ digest }) => digest)).toEqual(first);
});
