import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { StageResult } from "../../../src/engine/result.ts";
import { writeExport } from "../../../src/exporters/embedded/write-export.ts";
import { engineReceiver } from "../../../src/exporters/load.ts";
import { StandardOutputClaim } from "../../../src/exporters/stdout-receiver.ts";
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { collect, document, readMembers } from "./collect.ts";
import { file, folder, requestOf, resultOf, StandInLayers } from "./stand-in.ts";

const comment = "buildkit.dockerfile.v0";
const asBuilt: Partial<StageResult> = {
  config: {
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=x<y>&z"],
    WorkingDir: "/",
    Labels: { b: "2", a: "1" },
  },
  history: [
    { created_by: "ARG SOURCE_DATE_EPOCH=1700000000", comment, empty_layer: true },
    { created_by: "ENV A=x<y>&z", comment, empty_layer: true },
    { created_by: "LABEL b=2 a=1", comment, empty_layer: true },
    { created_by: "COPY f /f # buildkit", comment },
    { created_by: "EXPOSE [80/tcp]", comment, empty_layer: true },
  ],
};

const names = "app:1,registry.test/team/app";

async function write(
  exporter: string,
  attributes: Readonly<Record<string, string>> = {},
  platforms: readonly string[] = ["amd64"],
): Promise<{ readonly archive: Buffer; readonly answer: ReadonlyMap<string, string>; readonly warnings: string[] }> {
  const layers = new StandInLayers(await temporaryFolder());
  const own = await layers.add(folder("etc"), file("etc/motd", "hello\n", { seconds: 1_800_000_000 }));
  const warnings: string[] = [];
  const received = collect();
  const results = platforms.map((architecture) => resultOf([own], { platform: { os: "linux", architecture } }));
  const answer = await writeExport(
    requestOf(layers, results, {
      exporter,
      sink: received.sink,
      attributes: new Map(Object.entries(attributes)),
      epochSeconds: 1_700_000_000,
      onWarning: (message) => warnings.push(message),
    }),
  );
  return { archive: received.bytes(), answer, warnings };
}

describe("an OCI archive", () => {
  test("holds a layout, sorted, with the looks that BuildKit gives it", async () => {
    const { archive } = await write("oci", { name: names });
    const members = await readMembers(archive);
    expect(members.map(({ name, mode }) => `${mode.toString(8)} ${name.replace(/[0-9a-f]{64}/, "…")}`)).toEqual([
      "755 blobs/",
      "755 blobs/sha256/",
      "444 blobs/sha256/…",
      "444 blobs/sha256/…",
      "444 blobs/sha256/…",
      "644 index.json",
      "444 oci-layout",
    ]);
    const blobs = members.map(({ name }) => name).filter((name) => name.length > 20);
    expect(blobs).toEqual([...blobs].sort());
    expect(members.every(({ mtime, uid, gid }) => mtime === 0 && uid === 0 && gid === 0)).toBe(true);
    expect(archive.length % 512).toBe(0);
  });

  test("lists the image once under each of its names, in full", async () => {
    const { archive, answer } = await write("oci", { name: names });
    const index = await document(archive, "index.json");
    const digest = answer.get("containerimage.digest");
    const listed = (name: string, tag: string): unknown => ({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: 476,
      annotations: {
        "io.containerd.image.name": name,
        "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
        "org.opencontainers.image.ref.name": tag,
      },
      platform: { architecture: "amd64", os: "linux" },
    });
    expect(index).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [listed("docker.io/library/app:1", "1"), listed("registry.test/team/app:latest", "latest")],
    });
    expect(answer.get("image.name")).toBe("docker.io/library/app:1,registry.test/team/app:latest");
    expect(answer.get("containerimage.config.digest")).toMatch(/^sha256:/);
  });

  test("of several platforms has an index, with annotations at every level", async () => {
    const { archive, answer, warnings } = await write(
      "oci",
      {
        "annotation.all": "m",
        "annotation-manifest[linux/arm64].arm": "only",
        "annotation-index.of": "index",
        "annotation-index-descriptor.top": "descriptor",
        "annotation-manifest-descriptor[linux/amd64].listed": "so",
        "annotation-manifest[linux/s390x].never": "seen",
      },
      ["amd64", "arm64"],
    );
    const outer = await document(archive, "index.json");
    expect(outer).toMatchObject({
      manifests: [{ mediaType: "application/vnd.oci.image.index.v1+json", annotations: { top: "descriptor" } }],
    });
    const digest = answer.get("containerimage.digest") ?? "";
    const index = await document(archive, `blobs/sha256/${digest.slice(7)}`);
    expect(index).toMatchObject({
      annotations: { of: "index" },
      manifests: [
        { platform: { architecture: "amd64" }, annotations: { listed: "so" } },
        { platform: { architecture: "arm64" } },
      ],
    });
    const texts = (await readMembers(archive)).map(({ content }) => content.toString("latin1")).join("\n");
    expect(texts).toContain(`"all": "m",\n    "arm": "only"`);
    expect(texts).not.toContain("never");
    expect(warnings).toEqual(["an annotation is for linux/s390x, which is not built"]);
    expect(answer.has("containerimage.config.digest")).toBe(false);
  });

  test("is the same whenever it is written", async () => {
    const [one, other] = await Promise.all([write("oci", { name: names }), write("oci", { name: names })]);
    expect(one.archive.equals(other.archive)).toBe(true);
  });

  test("has Docker's media types when OCI's are refused, unless its content needs OCI's", async () => {
    const plain = await write("oci", { "oci-mediatypes": "false" });
    expect(await document(plain.archive, "index.json")).toMatchObject({
      manifests: [{ mediaType: "application/vnd.docker.distribution.manifest.v2+json" }],
    });
    expect(plain.warnings).toEqual([]);
    const annotated = await write("oci", { "oci-mediatypes": "false", "annotation.a": "b" });
    expect(await document(annotated.archive, "index.json")).toMatchObject({
      manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json" }],
    });
    expect(annotated.warnings).toEqual([
      "OCI media types are used in spite of oci-mediatypes=false: Docker's have no annotations",
    ]);
  });

  test("clamps the times of what was built, and not of what came from elsewhere", async () => {
    const layers = new StandInLayers(await temporaryFolder());
    const own = await layers.add(file("own", "1", { seconds: 1_900_000_000 }));
    const base = await layers.add(file("base", "2", { seconds: 1_900_000_000 }));
    const blob = await layers.blob(base, { compression: "gzip" }, { signal: new AbortController().signal });
    const origin = { descriptor: blob.descriptor, fetch: async () => layers.archive(base) };
    const seen = async (clamp: string): Promise<readonly unknown[]> => {
      const received = collect();
      const answer = await writeExport(
        requestOf(layers, [resultOf([{ ...base, origin }, own])], {
          exporter: "oci",
          sink: received.sink,
          epochSeconds: 1_700_000_000,
          attributes: new Map([["rewrite-timestamp", clamp]]),
        }),
      );
      const config = await document(
        received.bytes(),
        `blobs/sha256/${answer.get("containerimage.config.digest")?.slice(7)}`,
      );
      const { rootfs } = config as { readonly rootfs: { readonly diff_ids: readonly string[] } };
      return rootfs.diff_ids;
    };
    const [kept, clamped] = await seen("true");
    expect(kept).toBe(base.diffId);
    expect(clamped).toBe((await layers.clamped(own, 1_700_000_000, new AbortController().signal)).diffId);
    expect(clamped).not.toBe(own.diffId);
    expect(await seen("false")).toEqual([base.diffId, own.diffId]);
  });
});

/** What BuildKit 0.25 wrote for the same Dockerfile, which `test/oci/assemble-image.test.ts` has too. */
test.each([
  ["oci", "bb428bf32acbd53ecc7f3a355b91ba5677aa2a5644370c1c51c6a2b9ad7a9689", "e6a:1,reg.io/x/e6b"],
  ["docker", "e76bea77d37afacaa8c085f6d3afa9bee1ebc9c0a95ef50fcbffa12ff494f430", "e6a:1"],
])("an archive of type %s is BuildKit's, byte for byte", async (exporter, sha256, name) => {
  const at = await temporaryFolder();
  const path = join(at, "layer");
  const layer = Buffer.from(
    "H4sIAAAAAAAA/0pjoD0wMDAwMDMxYTCAAHTawMDAmMHQ2NzI3MQQKm5ubG7OoGAAM4CWoLS4JLGIwYBiu9A8BRMe7CAjkwvGHAWjYBSMglEwggBgAA+bu6EACAAA",
    "base64",
  );
  await writeFile(path, layer);
  const diffId = "sha256:02db7fe5befcba40e9987c7c773b5a273851ddbe2dbe5c7747b11173f518d59e";
  const layers = new StandInLayers(at);
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: sha256Digest(layer), size: layer.length };
  const received = collect();
  const request = requestOf(
    {
      ...layers,
      archive: layers.archive,
      clamped: async (each) => each,
      blob: async () => ({ descriptor, diffId, file: path }),
    },
    [resultOf([{ diffId }], asBuilt)],
    { exporter, sink: received.sink, attributes: new Map([["name", name]]), epochSeconds: 1_700_000_000 },
  );
  await writeExport(request);
  expect(createHash("sha256").update(received.bytes()).digest("hex")).toBe(sha256);
});

describe("a Docker archive", () => {
  test("has a manifest.json for engines that read no layouts", async () => {
    const { archive } = await write("docker", { name: names });
    const manifest = await document(archive, "manifest.json");
    expect(manifest).toMatchObject([
      { Config: expect.stringMatching(/^blobs\/sha256\//), RepoTags: ["app:1", "registry.test/team/app:latest"] },
    ]);
    const untagged = await write("docker");
    expect(await document(untagged.archive, "manifest.json")).toMatchObject([{ RepoTags: null }]);
  });

  test("holds one platform", async () => {
    await expect(write("docker", {}, ["amd64", "arm64"])).rejects.toMatchObject({
      code: "exporters/several-platforms",
    });
  });
});

test.each([
  ["compression", "brotli", "exporters/bad-parameter"],
  ["compression-level", "10", "exporters/bad-parameter"],
  ["source-date-epoch", "yesterday", "exporters/bad-parameter"],
  ["name", "a/UPPER", "exporters/bad-parameter"],
  ["force-compression", "maybe", "exporters/bad-parameter"],
  ["annotation-index.k", "v", "exporters/index-annotations"],
])("%s=%s is refused", async (key, value, code) => {
  await expect(write("oci", { [key]: value })).rejects.toMatchObject({ code });
});

test("a layer that was cut short on the disk is told of, not written", async () => {
  const at = await temporaryFolder();
  const layers = new StandInLayers(at);
  const layer = await layers.add(file("a", "b"));
  const { file: path } = await layers.blob(layer, { compression: "gzip" }, { signal: new AbortController().signal });
  await writeFile(path, "short");
  const request = requestOf(layers, [resultOf([layer])], { exporter: "oci", sink: collect().sink });
  await expect(writeExport(request)).rejects.toMatchObject({ code: "exporters/blob-truncated" });
});

test.each(["an engine", "a pipe on standard output"])(
  "%s that takes its time gets what was meant for it",
  async (whom) => {
    const layers = new StandInLayers(await temporaryFolder());
    const layer = await layers.add(file("noise", randomBytes(5_000_000)));
    const results = [resultOf([layer])];
    const straight = collect();
    await writeExport(requestOf(layers, results, { exporter: "oci", sink: straight.sink }));
    const chunks: Buffer[] = [];
    const load = async (archive: Readable): Promise<void> => {
      for await (const chunk of archive) {
        await pause(5);
        chunks.push(Buffer.from(chunk));
      }
    };
    const pipe = new PassThrough();
    const loaded = whom === "an engine" ? undefined : load(pipe);
    const receiver =
      loaded === undefined
        ? engineReceiver({ engine: { takesOci: async () => true, load }, names: ["app"], shown: "app" })
        : new StandardOutputClaim({ stream: pipe, isTerminal: false }).claim("app#0", "oci");
    await writeExport(requestOf(layers, results, { exporter: "oci", sink: receiver.sink }));
    await receiver.publish();
    pipe.end();
    await loaded;
    expect(Buffer.concat(chunks).equals(straight.bytes())).toBe(true);
  },
);

test("names that are one are listed once", async () => {
  const { answer } = await write("oci", { name: "app,docker.io/library/app:latest, app:1" });
  expect(answer.get("image.name")).toBe("docker.io/library/app:latest,docker.io/library/app:1");
});

test.each([
  ["at once", 0],
  ["after a while", 2],
  ["between two writes", -1],
])("a stream that breaks fails the export with its error: %s", async (_, after) => {
  const broken = new Error("the reader has gone");
  let writes = 0;
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      if (after === -1) setImmediate(() => stream.destroy(broken));
      if (after !== -1 && writes++ >= after) done(broken);
      else setTimeout(done, 5);
    },
  });
  const layers = new StandInLayers(await temporaryFolder());
  const noise = randomBytes(5_000_000);
  const request = requestOf(layers, [resultOf([await layers.add(file("a", noise))])], {
    exporter: "oci",
    sink: { kind: "stream", open: async () => stream },
  });
  await expect(writeExport(request)).rejects.toBe(broken);
});

test("an export that is interrupted rejects with the reason", async () => {
  const layers = new StandInLayers(await temporaryFolder());
  const controller = new AbortController();
  const received = collect();
  const reason = new Error("enough");
  const request = requestOf(layers, [resultOf([await layers.add(file("a", "b"))])], {
    exporter: "oci",
    sink: received.sink,
    signal: controller.signal,
    onStatus: ({ id }) => id === "sending tarball" && controller.abort(reason),
  });
  await expect(writeExport(request)).rejects.toBe(reason);
});
