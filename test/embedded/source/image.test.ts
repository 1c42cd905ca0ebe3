import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import { digestHex } from "../../../src/oci/digest.ts";
import { readAll } from "../../registry/client-setting.ts";
import { type FakeRegistry, fakeRegistry } from "../../registry/fake-registry.ts";
import { blob, image, index, type TestBlob, type TestImage } from "./images.ts";
import { sourcesOn, testFolder } from "./source-setting.ts";

const signal = new AbortController().signal;
const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

function add(fake: FakeRegistry, { bytes, descriptor }: TestBlob, tag?: string): void {
  const found = { mediaType: descriptor.mediaType, bytes };
  fake.manifests.set(`team/app@${descriptor.digest}`, found);
  if (tag !== undefined) fake.manifests.set(`team/app:${tag}`, found);
}

function addImage(fake: FakeRegistry, { manifest, config, layers }: TestImage, tag?: string): void {
  add(fake, manifest, tag);
  for (const { descriptor, bytes } of [config, ...layers]) fake.blobs.set(descriptor.digest, bytes);
}

describe("an image of a registry", () => {
  test.each([false, true])("is resolved to its configuration and layers (Docker's media types: %s)", async (docker) => {
    const fake = await fakeRegistry();
    const wanted = image(amd64, ["one", "two"], docker);
    addImage(fake, wanted, "latest");
    const { sources } = await sourcesOn(await testFolder());
    const found = await sources.image({ reference: `${fake.host}/team/app`, platform: amd64 }, signal);
    const { digest } = wanted.manifest.descriptor;
    expect(found).toMatchObject({
      name: `${fake.host}/team/app:latest@${digest}`,
      digest,
      platform: amd64,
      config: {
        config: { Env: ["A=b"], ExposedPorts: { "80/tcp": {} }, Labels: { x: "y" } },
        history: [{ created_by: "COPY" }],
      },
    });
    expect(found.config.config).not.toHaveProperty("Entrypoint");
    expect(found.layers.map(({ diffId }) => diffId)).toEqual(wanted.layers.map(({ descriptor }) => descriptor.digest));
    expect(found.layers[0]?.origin).toMatchObject({
      descriptor: wanted.layers[0]?.descriptor,
      repository: { registry: fake.host, repository: "team/app" },
    });
    // Nothing of the layers was asked for yet.
    expect(fake.asked.some(({ url }) => url.includes(digestHex(found.layers[0]?.diffId ?? "a:")))).toBe(false);
    const content = await found.layers[1]?.origin?.fetch(signal, 1);
    expect((await readAll(content ?? (async function* () {})())).toString()).toBe("wo");
  });

  test("is the best one for the platform, deep in an index too, whatever else is there", async () => {
    const fake = await fakeRegistry();
    const v6 = image({ os: "linux", architecture: "arm", variant: "v6" }, ["v6"]);
    const v7 = image({ os: "linux", architecture: "arm", variant: "v7" }, ["v7"]);
    const plain = image(amd64, ["plain"]);
    for (const each of [v6, v7, plain]) addImage(fake, each);
    const inner = index([
      { ...v6.manifest.descriptor, platform: { os: "linux", architecture: "arm", variant: "v6" } },
      { ...v7.manifest.descriptor, platform: { os: "linux", architecture: "arm", variant: "v7" } },
    ]);
    add(fake, inner);
    const attestation = {
      ...blob(mediaTypes.ociManifest, { a: 1 }).descriptor,
      platform: { os: "unknown", architecture: "unknown" },
    };
    add(fake, index([attestation, inner.descriptor, plain.manifest.descriptor]), "v1");
    const { sources } = await sourcesOn(await testFolder());
    const resolve = async (platform: object): Promise<string> =>
      (await sources.image({ reference: `${fake.host}/team/app:v1`, platform: { ...amd64, ...platform } }, signal))
        .digest;
    expect(await resolve({ architecture: "arm", variant: "v7" })).toBe(v7.manifest.descriptor.digest);
    expect(await resolve({ architecture: "arm", variant: "v6" })).toBe(v6.manifest.descriptor.digest);
    expect(await resolve({})).toBe(plain.manifest.descriptor.digest);
    await expect(resolve({ architecture: "s390x" })).rejects.toMatchObject({
      code: "engine/no-platform",
      message: expect.stringMatching(/is not there for linux\/s390x, only for: linux\/amd64/),
    });
  });

  test("by digest is not asked for again, in another run either", async () => {
    const fake = await fakeRegistry();
    const wanted = image(amd64, ["one"]);
    addImage(fake, wanted);
    const folder = await testFolder();
    const reference = `${fake.host}/team/app:v1@${wanted.manifest.descriptor.digest}`;
    const first = await sourcesOn(folder);
    await first.sources.image({ reference, platform: amd64 }, signal);
    const asked = fake.asked.length;
    const second = await sourcesOn(folder);
    const found = await second.sources.image({ reference, platform: amd64 }, signal);
    expect(found.name).toBe(reference);
    expect(fake.asked.length).toBe(asked);
  });

  test("by tag is asked for once a run, by its head alone when it is known", async () => {
    const fake = await fakeRegistry();
    addImage(fake, image(amd64, ["one"]), "v1");
    const folder = await testFolder();
    const request = { reference: `${fake.host}/team/app:v1`, platform: amd64 };
    const first = await sourcesOn(folder);
    await Promise.all([1, 2, 3].map(() => first.sources.image(request, signal)));
    const asked = fake.asked.filter(({ url }) => url.includes("manifests/v1"));
    expect(asked).toHaveLength(1);
    fake.asked.length = 0;
    await (await sourcesOn(folder)).sources.image(request, signal);
    expect(fake.asked.filter(({ url }) => url !== "/v2/").map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test("is taken as it was known when the registry is out of order, unless it is to be pulled", async () => {
    let broken = false;
    const fake = await fakeRegistry({
      meddle: (_, response) => {
        if (broken) response.writeHead(503).end();
        return broken;
      },
    });
    const wanted = image(amd64, ["one"]);
    addImage(fake, wanted, "v1");
    const folder = await testFolder();
    const request = { reference: `${fake.host}/team/app:v1`, platform: amd64 };
    await (await sourcesOn(folder)).sources.image(request, signal);
    broken = true;
    const { sources, troubles } = await sourcesOn(folder);
    expect((await sources.image(request, signal)).digest).toBe(wanted.manifest.descriptor.digest);
    expect(troubles.at(-1)).toMatch(/taking 127.*team\/app:v1 as it was known at 2023-/);
    await expect(sources.image({ ...request, pull: true }, signal)).rejects.toMatchObject({
      code: "registry/server-failed",
    });
    const unknown = { ...request, reference: `${fake.host}/team/app:v2` };
    await expect(sources.image(unknown, signal)).rejects.toMatchObject({ code: "registry/server-failed" });
  });

  const oci = mediaTypes.ociManifest;
  const config = blob(mediaTypes.ociConfig, { os: "linux", architecture: "amd64", rootfs: { diff_ids: [] } });
  const layer = blob(mediaTypes.ociLayer, Buffer.from("x")).descriptor;
  test.each<[string, object, TestBlob, RegExp]>([
    [
      "an artifact",
      { config: { ...config.descriptor, mediaType: "application/vnd.cncf.helm.config.v1+json" }, layers: [] },
      config,
      /of the kind/,
    ],
    ["more layers than it names", { config: config.descriptor, layers: [layer] }, config, /1 layers and names 0/],
    [
      "a layer without a size",
      { config: config.descriptor, layers: [{ ...layer, size: -1 }] },
      config,
      /manifest is none/,
    ],
    [
      "a configuration that is none",
      { config: blob(mediaTypes.ociConfig, []).descriptor, layers: [] },
      blob(mediaTypes.ociConfig, []),
      /configuration is none/,
    ],
    ["an index of nothing", { manifests: [] }, config, /only for: none/],
  ])("that is %s is refused", async (_, document, blobOf, message) => {
    const fake = await fakeRegistry();
    add(fake, blob(oci, { schemaVersion: 2, mediaType: oci, ...document }), "v1");
    fake.blobs.set(blobOf.descriptor.digest, blobOf.bytes);
    const { sources } = await sourcesOn(await testFolder());
    const asking = sources.image({ reference: `${fake.host}/team/app:v1`, platform: amd64 }, signal);
    await expect(asking).rejects.toMatchObject({
      code: expect.stringMatching(/^engine\//),
      message: expect.stringMatching(message),
    });
  });

  test.each(["UPPER", "a b", "x@sha256:12"])("called %s is refused", async (reference) => {
    const { sources } = await sourcesOn(await testFolder());
    await expect(sources.image({ reference, platform: amd64 }, signal)).rejects.toMatchObject({
      code: "engine/bad-reference",
    });
  });
});

async function layout(entries: readonly object[], blobs: readonly TestBlob[]): Promise<string> {
  const folder = await testFolder();
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: entries }));
  for (const { bytes, descriptor } of blobs) {
    await writeFile(join(folder, "blobs/sha256", digestHex(descriptor.digest)), bytes);
  }
  return folder;
}

const named = (name: string) => ({ annotations: { "org.opencontainers.image.ref.name": name } });

describe("an image of an OCI layout", () => {
  const one = image(amd64, ["one"]);
  const other = image(arm64, ["other"]);
  const both = index([
    { ...one.manifest.descriptor, platform: amd64 },
    { ...other.manifest.descriptor, platform: arm64 },
  ]);
  const parts = [one, other].flatMap(({ manifest, config, layers }) => [manifest, config, ...layers]);

  test("is found by tag, by digest, by platform, and alone without a name", async () => {
    const folder = await layout(
      [
        { ...both.descriptor, ...named("v1") },
        { ...one.manifest.descriptor, ...named("v2") },
      ],
      [both, ...parts],
    );
    const alone = await layout([other.manifest.descriptor], parts);
    const { sources } = await sourcesOn(await testFolder());
    const find = async (request: object): Promise<string> =>
      (await sources.layout({ folder, platform: amd64, ...request }, signal)).digest;
    expect(await find({ tag: "v1" })).toBe(one.manifest.descriptor.digest);
    expect(await find({ tag: "v1", platform: arm64 })).toBe(other.manifest.descriptor.digest);
    expect(await find({ tag: "v2" })).toBe(one.manifest.descriptor.digest);
    expect(await find({ digest: both.descriptor.digest, platform: arm64 })).toBe(other.manifest.descriptor.digest);
    expect(await find({ folder: alone, platform: arm64 })).toBe(other.manifest.descriptor.digest);
    await expect(find({})).rejects.toMatchObject({
      code: "engine/not-in-layout",
      message: expect.stringContaining("v1, v2"),
    });
    await expect(find({ tag: "v3" })).rejects.toMatchObject({ code: "engine/not-in-layout" });
  });

  test("gives its layers", async () => {
    const folder = await layout([one.manifest.descriptor], parts);
    const { sources } = await sourcesOn(await testFolder());
    const { layers } = await sources.layout({ folder, platform: amd64 }, signal);
    const content = await layers[0]?.origin?.fetch(signal);
    expect((await readAll(content ?? (async function* () {})())).toString()).toBe("one");
    expect(layers[0]?.origin?.repository).toBeUndefined();
  });

  test.each<[string, (folder: string) => Promise<void>, RegExp]>([
    [
      "damaged",
      (folder) => writeFile(join(folder, "blobs/sha256", digestHex(one.config.descriptor.digest)), "x"),
      /damaged/,
    ],
    ["without an index", (folder) => writeFile(join(folder, "index.json"), "[]"), /no index/],
    ["without its marker", (folder) => mkdir(join(folder, "none")), /no file oci-layout/],
  ])("that is %s is refused", async (_, change, message) => {
    const folder = await layout([one.manifest.descriptor], parts);
    await change(folder);
    const { sources } = await sourcesOn(await testFolder());
    const used = _ === "without its marker" ? join(folder, "none") : folder;
    await expect(sources.layout({ folder: used, platform: amd64 }, signal)).rejects.toMatchObject({
      code: "engine/bad-layout",
      message: expect.stringMatching(message),
    });
  });
});
