import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import type { OutputEntry } from "../../src/buildfile/attributes/entries.ts";
import type { NodeCapabilities } from "../../src/execute/ports.ts";
import { type ExportSpecification, specifyExport } from "../../src/exporters/specification.ts";
import type { Target } from "../../src/plan/plan.ts";
import { output, targetNamed } from "../execute/plans.ts";

const everything = ["image", "oci", "docker", "tar", "local"];
const buildkit: NodeCapabilities = { platforms: [], imageStore: "none", exporters: new Set(everything) };
const docker: NodeCapabilities = {
  platforms: [],
  imageStore: "containerd",
  exporters: new Set([...everything, "moby"]),
};
const oldDocker: NodeCapabilities = {
  platforms: [],
  imageStore: "graphdriver",
  exporters: new Set(["moby", "tar", "local"]),
};

interface Case {
  readonly name: string;
  readonly output?: OutputEntry;
  readonly target?: Partial<Target>;
  readonly node?: NodeCapabilities;
  readonly defaultLoad?: boolean;
}

function specify({ output: entry, target = {}, node = buildkit, defaultLoad = true }: Case): ExportSpecification {
  const build = { id: "app#0", target: "app", links: new Map(), ...(entry === undefined ? {} : { output: entry }) };
  return specifyExport(build, targetNamed("app", target), node, { defaultLoad });
}

function plain({ exporter, attributes, to }: ExportSpecification): unknown {
  return { exporter, attributes: Object.fromEntries(attributes), to };
}

const tags = ["app:1", "registry.example/app:1"];
const nowhere = { exporter: undefined, attributes: {}, to: { kind: "none" } };

const mappings: readonly (Case & { readonly is: unknown })[] = [
  {
    name: "registry on BuildKit is a pushed image that is not unpacked",
    output: output("registry"),
    target: { tags },
    is: {
      exporter: "image",
      attributes: { push: "true", unpack: "false", name: "app:1,registry.example/app:1" },
      to: { kind: "node", names: tags },
    },
  },
  {
    name: "registry on Docker is a pushed moby image",
    output: output("registry"),
    target: { tags: ["app:1"] },
    node: docker,
    is: { exporter: "moby", attributes: { push: "true", name: "app:1" }, to: { kind: "node", names: ["app:1"] } },
  },
  {
    name: "an image pushed by digest from Docker is not one of its own exporter, which tags all that it names",
    output: output("image", { name: "registry.example/app", push: "true", "push-by-digest": "true" }),
    node: docker,
    is: {
      exporter: "image",
      attributes: { name: "registry.example/app", push: "true", "push-by-digest": "true", store: "false" },
      to: { kind: "node", names: ["registry.example/app"] },
    },
  },
  {
    name: "registry may say otherwise",
    output: output("registry", { push: "false", unpack: "true" }),
    is: { exporter: "image", attributes: { push: "false", unpack: "true" }, to: { kind: "node", names: [] } },
  },
  {
    name: "image keeps its parameters and loses those that are ours",
    output: output("image", {
      name: "own:2",
      compression: "zstd",
      "prefer-image-digest": "true",
      "annotation-index.x": "y",
    }),
    target: { tags },
    is: {
      exporter: "image",
      attributes: { name: "own:2", compression: "zstd", "annotation-index.x": "y" },
      to: { kind: "node", names: ["own:2"] },
    },
  },
  {
    name: "annotations of the target go to images, those of the output win",
    output: output("image", { "annotation.plain": "mine" }),
    target: {
      annotations: [
        "plain=theirs",
        "manifest[linux/amd64],index:both=1",
        "manifest-descriptor[linux/arm/v7]:d=2",
        "index-descriptor:e=3=4",
      ],
    },
    is: {
      exporter: "image",
      attributes: {
        "annotation.plain": "mine",
        "annotation-manifest[linux/amd64].both": "1",
        "annotation-index.both": "1",
        "annotation-manifest-descriptor[linux/arm/v7].d": "2",
        "annotation-index-descriptor.e": "3=4",
      },
      to: { kind: "node", names: [] },
    },
  },
  {
    name: "docker without a destination on Docker is its own image store",
    output: output("docker"),
    target: { tags: ["app:1"] },
    node: docker,
    is: { exporter: "moby", attributes: { name: "app:1" }, to: { kind: "node", names: ["app:1"] } },
  },
  {
    name: "docker without a destination on BuildKit is loaded into an engine",
    output: output("docker"),
    target: { tags: ["app:1"] },
    is: {
      exporter: "docker",
      attributes: { name: "app:1" },
      to: { kind: "engine", context: undefined, names: ["app:1"] },
    },
  },
  {
    name: "docker for another context is loaded there, even from Docker",
    output: output("docker", { context: "staging" }),
    node: docker,
    is: { exporter: "docker", attributes: {}, to: { kind: "engine", context: "staging", names: [] } },
  },
  {
    name: "docker with a destination is a file",
    output: output("docker", { dest: "app.tar" }),
    node: docker,
    is: { exporter: "docker", attributes: {}, to: { kind: "file", path: "app.tar" } },
  },
  {
    name: "oci with a destination is a file; tar=true is not sent",
    output: output("oci", { dest: "out/app.tar", tar: "true" }),
    target: { tags: ["app:1"] },
    is: { exporter: "oci", attributes: { name: "app:1" }, to: { kind: "file", path: "out/app.tar" } },
  },
  {
    name: "oci that is no archive is a layout in a folder; the node is told",
    output: output("oci", { dest: "out", tar: "false" }),
    target: { tags: ["app:1"] },
    is: { exporter: "oci", attributes: { name: "app:1", tar: "false" }, to: { kind: "layout", path: "out" } },
  },
  {
    name: "oci without a destination is standard output",
    output: output("oci"),
    is: { exporter: "oci", attributes: {}, to: { kind: "stdout" } },
  },
  {
    name: "so is a dash",
    output: output("tar", { dest: "-" }),
    is: { exporter: "tar", attributes: {}, to: { kind: "stdout" } },
  },
  {
    name: "tar has no names and no annotations",
    output: output("tar", { dest: "files.tar" }),
    target: { tags, annotations: ["a=b"] },
    is: { exporter: "tar", attributes: {}, to: { kind: "file", path: "files.tar" } },
  },
  {
    name: "local is a folder; its mode is ours to do",
    output: output("local", { dest: "out", mode: "delete", "platform-split": "false" }),
    is: {
      exporter: "local",
      attributes: { "platform-split": "false" },
      to: { kind: "folder", path: "out", replace: true },
    },
  },
  { name: "cacheonly is nothing", output: output("cacheonly"), is: nowhere },
  { name: "no output on BuildKit is nothing", target: { tags }, is: nowhere },
  {
    name: "no output on Docker is its image store",
    target: { tags: ["app:1"] },
    node: oldDocker,
    is: { exporter: "moby", attributes: { name: "app:1" }, to: { kind: "node", names: ["app:1"] } },
  },
  { name: "unless loading by default is off", node: docker, defaultLoad: false, is: nowhere },
  { name: "a target that is only linked to goes nowhere", node: docker, target: { linkedOnly: true }, is: nowhere },
  { name: "a call exports nothing", output: output("image"), target: { call: "check" }, is: nowhere },
  {
    name: "the call build does",
    output: output("image"),
    target: { call: "build" },
    is: { exporter: "image", attributes: {}, to: { kind: "node", names: [] } },
  },
];

describe("what an output becomes", () => {
  test.each(mappings)("$name", (each) => {
    expect(plain(specify(each))).toEqual(each.is);
  });

  test("the configuration's digest says nothing of an image in a containerd store", () => {
    expect(specify({ name: "", output: output("image"), node: docker }).withheld).toEqual([
      "containerimage.config.digest",
    ]);
    expect(specify({ name: "", output: output("image"), node: oldDocker }).withheld).toBeUndefined();
  });
});

const refusals: readonly (Case & { readonly code: string })[] = [
  { name: "local without a destination", output: output("local"), code: "exporters/destination-missing" },
  { name: "local on standard output", output: output("local", { dest: "-" }), code: "exporters/destination-missing" },
  { name: "an unknown mode", output: output("local", { dest: "out", mode: "move" }), code: "exporters/bad-parameter" },
  { name: "a layout without a folder", output: output("oci", { tar: "false" }), code: "exporters/destination-missing" },
  { name: "a boolean that is none", output: output("image", { push: "yes" }), code: "exporters/bad-parameter" },
  { name: "pushing without a name", output: output("image", { push: "true" }), code: "exporters/push-without-name" },
  {
    name: "an empty push, which BuildKit takes for yes",
    output: output("image", { push: "" }),
    code: "exporters/push-without-name",
  },
  {
    name: "pushing from an old Docker engine",
    output: output("registry"),
    target: { tags },
    node: oldDocker,
    code: "exporters/push-needs-containerd",
  },
  {
    name: "an archive from an old Docker engine",
    output: output("oci"),
    node: oldDocker,
    code: "exporters/not-supported",
  },
  ...["compression=zstd", "annotation.a=b", "unpack=false", "oci-mediatypes=true", "name-canonical=true"].map(
    (text) => {
      const [key = "", value = ""] = text.split("=");
      return {
        name: `${text} where the image store has no place for it`,
        output: output("image", { [key]: value }),
        node: oldDocker,
        code: "exporters/store-cannot",
      };
    },
  ),
  {
    name: "annotations of a target where the image store has no place for them",
    target: { annotations: ["a=b"] },
    node: oldDocker,
    code: "exporters/store-cannot",
  },
  {
    name: "several platforms for an image store of one",
    target: { platforms: ["linux/amd64", "linux/arm64"] },
    node: oldDocker,
    code: "exporters/several-platforms",
  },
  { name: "an unknown type", output: output("zip"), code: "exporters/not-supported" },
  {
    name: "several platforms in a docker archive",
    output: output("docker", { dest: "a.tar" }),
    target: { platforms: ["linux/amd64,linux/arm64"] },
    code: "exporters/several-platforms",
  },
  {
    name: "a broken annotation",
    output: output("image"),
    target: { annotations: ["index"] },
    code: "exporters/bad-parameter",
  },
];

describe("what is refused", () => {
  test.each(refusals)("$name", (each) => {
    expect(() => specify(each)).toThrow(expect.objectContaining({ name: TsbakeError.name, code: each.code }));
  });
});
