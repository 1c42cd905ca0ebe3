import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AttestEntry } from "../../../../src/buildfile/attributes/entries.ts";
import type { Layer } from "../../../../src/engine/layer/layer.ts";
import {
  type BuildSources,
  fileMaterial,
  imageMaterial,
  noSources,
  repositoryMaterial,
} from "../../../../src/engine/provenance/build-sources.ts";
import type { ScanDocument } from "../../../../src/engine/scan/scan-document.ts";
import type { WriteRequest } from "../../../../src/exporters/embedded/request.ts";
import { writeExport } from "../../../../src/exporters/embedded/write-export.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { collect, type Member, readMembers } from "../collect.ts";
import { file, folder, link, requestOf, resultOf, StandInLayers } from "../stand-in.ts";

function attest(type: string, attributes: Readonly<Record<string, string>> = {}, disabled = false): AttestEntry {
  return { type, disabled, attributes: new Map(Object.entries(attributes)) };
}

interface Setting {
  readonly attest?: readonly AttestEntry[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly request?: Partial<WriteRequest>;
  readonly sources?: Partial<BuildSources>;
  readonly files?: (layers: StandInLayers) => Promise<readonly Layer[]>;
}

/** A stage on an image, with files from a folder. */
const ofFolder: Partial<BuildSources> = {
  materials: imageMaterial({
    reference: "alpine:3",
    resolved: `docker.io/library/alpine:3@sha256:${"ab".repeat(32)}`,
    platform: { os: "linux", architecture: "amd64" },
    ofLayout: false,
  }),
  locals: ["context", "dockerfile"],
};

interface Written {
  readonly members: readonly Member[];
  readonly digest: string;
  readonly warnings: readonly string[];
}

async function request(setting: Setting, more: Pick<WriteRequest, "exporter" | "sink">): Promise<WriteRequest> {
  const layers = new StandInLayers(await temporaryFolder());
  const own = await (setting.files ?? (async () => [await layers.add(file("f", "hi\n"))]))(layers);
  const sources = { ...noSources, ...(setting.sources ?? ofFolder) };
  const results = (setting.platforms ?? ["amd64"]).map((architecture) =>
    resultOf(own, { platform: { os: "linux", architecture }, sources }),
  );
  const plain = requestOf(layers, results, { ...more, attributes: new Map(Object.entries(setting.attributes ?? {})) });
  return { ...plain, ...setting.request, target: { ...plain.target, attest: setting.attest ?? [] } };
}

async function write(setting: Setting): Promise<Written> {
  const received = collect();
  const warnings: string[] = [];
  const made = await request(setting, { exporter: "oci", sink: received.sink });
  const answer = await writeExport({ ...made, onWarning: (message) => warnings.push(message) });
  return {
    members: await readMembers(received.bytes()),
    digest: answer.get("containerimage.digest") ?? "",
    warnings,
  };
}

function json({ members }: Written, digest: string): Record<string, unknown> {
  const member = members.find(({ name }) => name === `blobs/sha256/${digest.slice(7)}`);
  return JSON.parse(member?.content.toString() ?? "{}");
}

/** The in-toto statements of an archive. */
function statements({ members }: Written): readonly Record<string, unknown>[] {
  return members.flatMap(({ content }) => {
    const text = content.toString();
    return text.startsWith('{"_type"') ? [JSON.parse(text)] : [];
  });
}

describe("attestations of an image", () => {
  test("lie beside it in an index, as an artifact that refers to it", async () => {
    const written = await write({ attest: [attest("provenance")], attributes: { name: "app:1" } });
    const index = json(written, written.digest);
    const [image, attached] = index.manifests as readonly Record<string, unknown>[];
    expect(attached).toMatchObject({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      annotations: {
        "vnd.docker.reference.digest": image?.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
      platform: { architecture: "unknown", os: "unknown" },
    });
    const manifest = json(written, String(attached?.digest));
    const { platform: _, ...subject } = image ?? {};
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      artifactType: "application/vnd.docker.attestation.manifest.v1+json",
      config: {
        mediaType: "application/vnd.oci.empty.v1+json",
        digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        size: 2,
        data: "e30=",
      },
      layers: [
        {
          mediaType: "application/vnd.in-toto+json",
          digest: expect.stringMatching(/^sha256:/),
          size: expect.any(Number),
          annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" },
        },
      ],
      subject,
    });
  });

  test("have a configuration of no platform where artifacts are not wanted", async () => {
    const written = await write({ attest: [attest("provenance")], attributes: { "oci-artifact": "false" } });
    const [, attached] = json(written, written.digest).manifests as readonly Record<string, unknown>[];
    const manifest = json(written, String(attached?.digest));
    expect(manifest).not.toHaveProperty("subject");
    const { config, layers } = manifest as { config: { digest: string }; layers: readonly { digest: string }[] };
    expect(json(written, config.digest)).toEqual({
      architecture: "unknown",
      os: "unknown",
      config: {},
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    });
  });

  test("are listed after all images, one manifest for each", async () => {
    const written = await write({
      attest: [attest("provenance"), attest("sbom")],
      platforms: ["amd64", "arm64"],
      attributes: { name: "app" },
    });
    const manifests = json(written, written.digest).manifests as readonly { platform: { architecture: string } }[];
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64", "unknown", "unknown"]);
    expect(statements(written)).toHaveLength(4);
  });

  test("make the same bytes again when there is an epoch, and tell runs apart when there is none", async () => {
    const setting: Setting = { attest: [attest("provenance", { mode: "max" }), attest("sbom")] };
    const dated = { ...setting, request: { epochSeconds: 1_700_000_000 } };
    expect((await write(dated)).digest).toBe((await write(dated)).digest);
    expect((await write(setting)).digest).not.toBe((await write(setting)).digest);
  });

  test.each([
    ["disabled", attest("provenance", {}, true), 0],
    ["only for stored images", attest("provenance", { "inline-only": "true" }), 0],
    ["wanted", attest("provenance", { "inline-only": "false" }), 1],
  ])("in an archive are there when they are wanted: %s", async (_, entry, count) => {
    expect(statements(await write({ attest: [entry] }))).toHaveLength(count);
  });

  test("switch Docker's media types off, and say so", async () => {
    const written = await write({ attest: [attest("provenance")], attributes: { "oci-mediatypes": "false" } });
    expect(json(written, written.digest)).toMatchObject({ mediaType: "application/vnd.oci.image.index.v1+json" });
    expect(written.warnings).toEqual([
      "OCI media types are used in spite of oci-mediatypes=false: Docker's have no attestations",
    ]);
  });

  test.each([
    ["provenance", { mode: "medium" }],
    ["provenance", { version: "v2" }],
    ["provenance", { reproducible: "often" }],
    ["provenance", { filename: "a/.." }],
    ["provenance", { filename: "/" }],
    ["signature", {}],
  ])("%s %o is refused", async (type, attributes) => {
    await expect(write({ attest: [attest(type, attributes)] })).rejects.toMatchObject({ code: "build/bad-attribute" });
  });
});

describe("provenance", () => {
  const parameters = new Map([
    ["filename", "D2"],
    ["build-arg:Q", "1"],
    ["build-arg:HTTPS_PROXY", "http://me:secret@proxy:1"],
    ["label:l", "m"],
    ["target", "s"],
    ["context:c", "https://me:secret@example.com/c.git"],
    ["context:l", "oci-layout:///home/me/layout:1@sha256:0"],
    ["platform", "linux/amd64"],
    ["image-resolve-mode", "pull"],
    ["attest:provenance", "mode=max"],
  ]);

  async function predicate(
    attributes: Readonly<Record<string, string>>,
    more: Setting & { readonly invocation?: Partial<WriteRequest["invocation"]> } = {},
  ): Promise<unknown> {
    const plain = (await request({}, { exporter: "oci", sink: { kind: "none" } })).invocation;
    const written = await write({
      attest: [attest("provenance", attributes)],
      attributes: { name: "localhost:5000/a/b:1,org/x" },
      ...more,
      request: { ...more.request, invocation: { ...plain, parameters, ...more.invocation } },
    });
    return statements(written)[0]?.predicate;
  }

  /** As BuildKit 0.25 writes it for the same, but for the run's identity and times. */
  test("in short has BuildKit's shape", async () => {
    expect(await predicate({ mode: "min", "builder-id": "http://me" })).toEqual({
      buildDefinition: {
        buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
        externalParameters: {
          configSource: { path: "D2" },
          request: {
            frontend: "dockerfile.v0",
            args: { target: "s", "context:c": "https://example.com/c.git", "context:l": "oci-layout://l:1@sha256:0" },
            locals: [{ name: "context" }, { name: "dockerfile" }],
          },
        },
        internalParameters: { builderPlatform: "linux/amd64" },
        resolvedDependencies: [
          { uri: "pkg:docker/alpine@3?platform=linux%2Famd64", digest: { sha256: "ab".repeat(32) } },
        ],
      },
      runDetails: {
        builder: { id: "http://me" },
        metadata: {
          invocationId: expect.stringMatching(/^[0-9a-f]{32}$/),
          startedOn: "2025-06-15T15:06:40.000Z",
          finishedOn: "2025-06-15T15:06:41.000Z",
          buildkit_metadata: {},
          buildkit_completeness: { request: false, resolvedDependencies: false },
        },
      },
    });
  });

  test("in full has the arguments, the names of secrets and the Dockerfile", async () => {
    const full = await predicate(
      { reproducible: "true" },
      {
        sources: {
          ...ofFolder,
          dockerfiles: [{ name: "D2", text: "FROM scratch\n" }],
          secrets: [
            { id: "may", optional: true },
            { id: "must", optional: false },
          ],
          agents: [{ id: "default", optional: true }],
        },
      },
    );
    expect(full).toMatchObject({
      buildDefinition: {
        externalParameters: {
          request: {
            args: {
              "build-arg:Q": "1",
              "build-arg:HTTPS_PROXY": "http://proxy:1",
              "context:c": "https://example.com/c.git",
              "label:l": "m",
              target: "s",
            },
            secrets: [{ id: "may", optional: true }, { id: "must" }],
            ssh: [{ id: "default", optional: true }],
          },
        },
      },
      runDetails: {
        metadata: {
          buildkit_metadata: {
            source: { infos: [{ filename: "D2", language: "Dockerfile", data: "RlJPTSBzY3JhdGNoCg==" }] },
            layers: { "result:0": [[{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }]] },
          },
          buildkit_completeness: { request: true },
          buildkit_reproducible: true,
        },
      },
    });
  });

  test("of the older version has its shape", async () => {
    expect(await predicate({ mode: "min", version: "v0.2" })).toMatchObject({
      buildType: "https://mobyproject.org/buildkit@v1",
      invocation: { configSource: { entryPoint: "D2" }, environment: { platform: "linux/amd64" } },
      metadata: { completeness: { parameters: false, environment: true, materials: false }, reproducible: false },
    });
  });

  test("names the image by package URLs", async () => {
    const written = await write({ attest: [attest("provenance")], attributes: { name: "localhost:5000/a/b:1,org/x" } });
    const [image] = json(written, written.digest).manifests as readonly { readonly digest: string }[];
    const digest = { sha256: image?.digest.slice(7) };
    expect(statements(written)[0]).toMatchObject({
      subject: [
        { name: "pkg:docker/localhost:5000/a/b@1?platform=linux%2Famd64", digest },
        { name: "pkg:docker/org/x@latest?platform=linux%2Famd64", digest },
      ],
    });
  });

  test("of a remote context says where it is, without credentials, and that everything is named", async () => {
    const address = "https://user:token@example.com/repo.git#main:sub";
    const commit = "c".repeat(40);
    const given = {
      invocation: { parameters: new Map([...parameters, ["context", address]]) },
      sources: { materials: [repositoryMaterial(address, commit)], locals: [], network: false },
    };
    const digest = { sha1: commit };
    expect(await predicate({ mode: "full" }, given)).toMatchObject({
      buildDefinition: {
        resolvedDependencies: [{ uri: "https://example.com/repo.git#main", digest }],
        externalParameters: { configSource: { uri: "https://example.com/repo.git#main:sub", digest, path: "D2" } },
      },
      runDetails: {
        metadata: { buildkit_hermetic: true, buildkit_completeness: { request: true, resolvedDependencies: true } },
      },
    });
    expect(await predicate({ version: "v0.2" }, { ...given, sources: { ...given.sources, network: true } })).toEqual(
      expect.objectContaining({
        invocation: expect.objectContaining({
          configSource: { uri: "https://example.com/repo.git#main:sub", digest, entryPoint: "D2" },
        }),
        metadata: expect.not.objectContaining({ "https://mobyproject.org/buildkit@v1#hermetic": true }),
      }),
    );
  });

  test("leaves nothing out in short when there is nothing to leave out", async () => {
    const few = { invocation: { parameters: new Map([["filename", "D2"]]) } };
    expect(await predicate({ mode: "min" }, few)).toMatchObject({
      runDetails: { metadata: { buildkit_completeness: { request: true, resolvedDependencies: false } } },
    });
  });

  test("tells of the repository the context lies in", async () => {
    const vcs = { source: "https://example.com/x.git", revision: "c0ffee" };
    const repository = async (): Promise<ReadonlyMap<string, string>> => new Map(Object.entries(vcs));
    expect(await predicate({ mode: "min" }, { invocation: { repository } })).toMatchObject({
      runDetails: { metadata: { buildkit_metadata: { vcs } } },
    });
  });

  test("names what was fetched", async () => {
    const materials = [fileMaterial("https://u:p@h/f?x=1", "ab".repeat(32))];
    expect(await predicate({ version: "v0.2" }, { sources: { materials } })).toMatchObject({
      materials: [{ uri: "https://h/f?x=1", digest: { sha256: "ab".repeat(32) } }],
    });
  });
});

describe("a list of packages", () => {
  const files = async (layers: StandInLayers): Promise<readonly Layer[]> => [
    await layers.add(
      folder("etc"),
      link("etc/os-release", "../usr/lib/os-release"),
      link("lib", "usr/lib"),
      folder("usr"),
      folder("usr/lib"),
      folder("usr/lib/apk"),
      folder("usr/lib/apk/db"),
      file("usr/lib/apk/db/installed", "C:Q1\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\nm:A <a@b.c>\n\nP:half\n\n"),
      file("usr/lib/os-release", 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n'),
      folder("var"),
      folder("var/lib"),
      folder("var/lib/dpkg"),
      file(
        "var/lib/dpkg/status",
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9+deb12u4\nDescription: x\n more\n\n" +
          "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
      ),
      folder("var/lib/dpkg/status.d"),
      file(
        "var/lib/dpkg/status.d/base",
        "Package: base-files\nVersion: 12.4\nArchitecture: all\nMaintainer: M <m@d.o>\n",
      ),
      file("var/lib/dpkg/status.d/base.md5sums", "Package: no\nVersion: 1\n"),
    ),
    await layers.add(
      folder("app"),
      folder("app/node_modules"),
      folder("app/node_modules/@s"),
      folder("app/node_modules/@s/p"),
      file("app/node_modules/@s/p/package.json", '{"name":"@s/p","version":"1.0.0","license":"(MIT OR Apache-2.0)"}'),
      folder("app/node_modules/q"),
      folder("app/node_modules/q/lib"),
      file("app/node_modules/q/lib/package.json", '{"name":"not-a-package","version":"9"}'),
      file("app/node_modules/q/package.json", '{"name":"q","version":"2.1.0","license":"see LICENSE"}'),
      folder("app/node_modules/r"),
      file("app/node_modules/r/package.json", "{broken"),
    ),
  ];

  test("has what Debian, Alpine and npm have installed", async () => {
    const written = await write({ attest: [attest("sbom")], files, attributes: { name: "app:1" } });
    const [statement = {}] = statements(written);
    expect(statement.predicateType).toBe("https://spdx.dev/Document");
    const { packages, ...document } = statement.predicate as {
      readonly packages: readonly Record<string, unknown>[];
    } & Record<string, unknown>;
    expect(document).toMatchObject({
      spdxVersion: "SPDX-2.3",
      dataLicense: "CC0-1.0",
      SPDXID: "SPDXRef-DOCUMENT",
      name: "app",
      documentNamespace: expect.stringMatching(/^https:\/\/spdx\.org\/spdxdocs\/app-[0-9a-f]{64}$/),
      creationInfo: { creators: ["Tool: tsbake"], created: "2025-06-15T15:06:41Z" },
    });
    const purl = (each: Record<string, unknown>): unknown =>
      (each.externalRefs as readonly { readonly referenceLocator: string }[])[0]?.referenceLocator;
    expect(packages.map((each) => [purl(each), each.licenseDeclared, each.supplier])).toEqual([
      ["pkg:apk/debian/musl@1.2.5-r0?arch=x86_64&distro=debian-12", "MIT", "Person: A <a@b.c>"],
      ["pkg:deb/debian/base-files@12.4?arch=all&distro=debian-12", "NOASSERTION", "Person: M <m@d.o>"],
      ["pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12", "NOASSERTION", "NOASSERTION"],
      ["pkg:npm/%40s/p@1.0.0", "(MIT OR Apache-2.0)", "NOASSERTION"],
      ["pkg:npm/q@2.1.0", "NOASSERTION", "NOASSERTION"],
    ]);
    const ids = packages.map(({ SPDXID }) => String(SPDXID));
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  });
});

describe("what a scanner has found", () => {
  const found: readonly ScanDocument[] = [
    {
      file: "sbom.spdx.json",
      predicateType: "https://spdx.dev/Document",
      predicate: {
        name: "sbom",
        files: [{ fileName: "/f" }, { fileName: "gone" }, { fileName: "./g", comment: "mine" }],
        creationInfo: { created: "2020-01-01T00:00:00Z", creators: ["Tool: scan"] },
      },
      subjects: [],
      isCore: true,
    },
    {
      file: "sbom-context.spdx.json",
      predicateType: "https://spdx.dev/Document",
      predicate: { name: "context", files: [{ fileName: "/f" }] },
      subjects: [{ name: "other", digest: new Map([["sha256", "00"]]) }],
      isCore: false,
    },
  ];
  const setting: Setting = { attest: [attest("sbom"), attest("provenance")], request: { scan: async () => found } };

  test("lies before the provenance of an image, its files with the layers they are in", async () => {
    const written = await write({ ...setting, attributes: { name: "app:1" } });
    const [image, attached] = json(written, written.digest).manifests as readonly { readonly digest: string }[];
    const manifest = json(written, attached?.digest ?? "") as { layers: readonly { digest: string }[] };
    const [core, more, provenance] = manifest.layers.map(({ digest }) => json(written, digest));
    const { layers } = json(written, image?.digest ?? "") as { layers: readonly { digest: string }[] };
    expect(core).toMatchObject({
      predicateType: "https://spdx.dev/Document",
      subject: [{ name: "pkg:docker/app@1?platform=linux%2Famd64", digest: { sha256: image?.digest.slice(7) } }],
      predicate: {
        files: [
          { fileName: "/f", comment: `layerID: ${layers[0]?.digest}` },
          { fileName: "gone" },
          { fileName: "./g", comment: "mine" },
        ],
        creationInfo: { created: "2020-01-01T00:00:00Z", creators: ["Tool: scan", "Tool: tsbake"] },
      },
    });
    expect(more).toMatchObject({
      subject: [{ name: "other", digest: { sha256: "00" } }],
      predicate: { name: "context", files: [{ fileName: "/f" }] },
    });
    expect(provenance).toMatchObject({ predicateType: "https://slsa.dev/provenance/v1" });
  });

  test("lies beside files as it is", async () => {
    const path = join(await temporaryFolder(), "content");
    const sink = { kind: "folder", open: async () => mkdir(path).then(() => path) } as const;
    await writeExport(await request(setting, { exporter: "local", sink }));
    expect((await readdir(path)).sort()).toEqual(["f", "provenance.json", "sbom-context.spdx.json", "sbom.spdx.json"]);
    const { predicate } = JSON.parse(await readFile(join(path, "sbom.spdx.json"), "utf8"));
    expect(predicate.creationInfo.creators).toEqual(["Tool: scan"]);
  });

  test("is nothing that people may call as an attestation is called", async () => {
    const path = join(await temporaryFolder(), "content");
    const sink = { kind: "folder", open: async () => mkdir(path).then(() => path) } as const;
    const entries = [attest("sbom"), attest("provenance", { filename: "sbom.spdx.json" })];
    const made = await request({ ...setting, attest: entries }, { exporter: "local", sink });
    await expect(writeExport(made)).rejects.toMatchObject({ code: "build/bad-scanner" });
  });
});

describe("attestations of files", () => {
  async function local(setting: Setting): Promise<string> {
    const path = join(await temporaryFolder(), "content");
    await writeExport(
      await request(setting, {
        exporter: "local",
        sink: { kind: "folder", open: async () => mkdir(path).then(() => path) },
      }),
    );
    return path;
  }

  test("lie beside them and list each with its digest", async () => {
    const path = await local({ attest: [attest("provenance"), attest("sbom")] });
    expect((await readdir(path)).sort()).toEqual(["f", "provenance.json", "sbom.spdx.json"]);
    const text = await readFile(join(path, "provenance.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      subject: [{ name: "f", digest: { sha256: "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4" } }],
    });
    expect(text.startsWith('{\n  "_type": ')).toBe(true);
  });

  test("are named after their platform where platforms share a folder", async () => {
    const attributes = { "platform-split": "false", "attestation-prefix": "x-" };
    const path = await local({
      attest: [attest("provenance")],
      platforms: ["amd64", "arm64"],
      attributes,
      files: async () => [],
    });
    expect((await readdir(path)).sort()).toEqual(["x-provenance.linux_amd64.json", "x-provenance.linux_arm64.json"]);
  });

  test("never take the place of a file", async () => {
    const files = async (layers: StandInLayers): Promise<readonly Layer[]> => [
      await layers.add(file("provenance.json", "mine")),
    ];
    const setting = { attest: [attest("provenance")], files };
    await expect(local(setting)).rejects.toMatchObject({ code: "exporters/attestation-in-the-way" });
    const astray = local({ ...setting, attributes: { "attestation-prefix": "../../" } });
    await expect(astray).rejects.toMatchObject({ code: "exporters/bad-parameter" });
    const path = await local({ ...setting, attributes: { "attestation-prefix": "build." } });
    expect((await readdir(path)).sort()).toEqual(["build.provenance.json", "provenance.json"]);
  });
});
