import { describe, expect, test } from "vitest";
import type { AttestEntry } from "../../../src/buildfile/attributes/entries.ts";
import { type BuildContext, identify, type Step } from "../../../src/engine/graph/step.ts";
import { scanStep } from "../../../src/engine/scan/scan-step.ts";
import { type Scanner, scannerOf } from "../../../src/engine/scan/scanner.ts";
import type { ResolvedImage } from "../../../src/engine/source/sources.ts";
import { emptyTree } from "../../../src/engine/tree/tree.ts";

function sbom(attributes: Readonly<Record<string, string>> = {}, disabled = false): AttestEntry {
  return { type: "sbom", disabled, attributes: new Map(Object.entries(attributes)) };
}

const find = (...attest: readonly AttestEntry[]): Scanner | undefined => scannerOf({ name: "app", attest });

describe("the scanner of a target", () => {
  test("is BuildKit's usual one where none is named", () => {
    const reference = "docker.io/docker/buildkit-syft-scanner:stable-1";
    expect(find(sbom())).toMatchObject({ reference });
    expect(find(sbom({ generator: "" }))).toMatchObject({ reference });
  });

  test("is the one that is named, with what else is said", () => {
    expect(find(sbom({ generator: "x/y", SELECT: "a" }))).toEqual({
      reference: "docker.io/x/y:latest",
      parameters: new Map([
        ["SELECT", "a"],
        ["type", "sbom"],
      ]),
    });
  });

  test.each([
    ["nothing is asked for", []],
    ["it is switched off", [sbom({}, true)]],
    ["the engine lists packages itself", [sbom({ generator: "tsbake" })]],
    ["only provenance is asked for", [{ type: "provenance", disabled: false, attributes: new Map() }]],
  ] as const)("is none where %s", (_, entries) => {
    expect(find(...entries)).toBeUndefined();
  });

  test("has to be the name of an image", () => {
    expect(() => find(sbom({ generator: "No Image" }))).toThrow(
      expect.objectContaining({ code: "build/bad-attribute", hint: expect.stringContaining("generator=tsbake") }),
    );
  });
});

describe("the run of a scanner", () => {
  const platform = { os: "linux", architecture: "amd64" };
  const diffId = `sha256:${"ab".repeat(32)}` as const;
  const base = (id: string): Step => ({ kind: "base", id: identify({ id }), name: id, layers: [], ignoreCache: false });
  const context: BuildContext = {
    kind: "context",
    id: identify({ kind: "context" }),
    name: "the context",
    origin: { kind: "folder", name: "context" },
    open: async () => ({ tree: emptyTree, excluded: () => false }),
  };

  function image(
    config: ResolvedImage["config"]["config"],
    layers: ResolvedImage["layers"] = [{ diffId }],
  ): ResolvedImage {
    const rootfs = { type: "layers", diff_ids: [diffId] } as const;
    return { name: "docker.io/x/y:1", digest: diffId, platform, config: { ...platform, config, rootfs }, layers };
  }

  const options = {
    scanner: { reference: "docker.io/x/y:1", parameters: new Map([["type", "sbom"]]) },
    image: image({ Entrypoint: ["/scan"], Cmd: ["all"], Env: ["A=1"], User: "nobody" }),
    platform,
    scannedPlatform: { os: "linux", architecture: "arm64" },
    result: base("result"),
    extras: new Map<string, BuildContext | Step>([
      ["context", context],
      ["build", base("build")],
    ]),
    ignoreCache: false,
  };

  test("is BuildKit's: as root, with the image's command and environment, and what it may see is read-only", () => {
    const step = scanStep(options);
    expect(step).toMatchObject({
      name: "[linux/arm64] generating sbom using docker.io/x/y:1",
      arguments: ["/scan", "all"],
      user: "",
      workingFolder: "/",
      platform,
      base: { kind: "workdir", path: "/run/out" },
    });
    expect(step.environment).toEqual([
      "A=1",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "BUILDKIT_SCAN_DESTINATION=/run/out/",
      "BUILDKIT_SCAN_SOURCE=/run/src/core/sbom",
      "BUILDKIT_SCAN_SOURCE_EXTRAS=/run/src/extras",
      "BUILDKIT_SCAN_type=sbom",
    ]);
    const folders = step.mounts.flatMap((mount) => (mount.type === "bind" ? [[mount.target, mount.readWrite]] : []));
    expect(folders).toEqual([
      ["/run/src/core/sbom", false],
      ["/run/src/extras/sbom-context", false],
      ["/run/src/extras/sbom-build", false],
    ]);
  });

  test("is another one for another result, the same for the same", () => {
    expect(scanStep(options).id).toBe(scanStep({ ...options }).id);
    const others = [
      { ...options, result: base("other") },
      { ...options, extras: new Map() },
      { ...options, scanner: { ...options.scanner, parameters: new Map([["x", "1"]]) } },
    ];
    expect(new Set([options, ...others].map((each) => scanStep(each).id)).size).toBe(4);
  });

  test.each([
    ["no command", image({})],
    ["no files", image({ Cmd: ["/scan"] }, [])],
  ])("is refused for an image with %s", (_, found) => {
    expect(() => scanStep({ ...options, image: found })).toThrow(
      expect.objectContaining({ code: "build/bad-scanner" }),
    );
  });
});
