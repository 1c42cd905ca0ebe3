import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BuildSources,
  fileMaterial,
  imageMaterial,
  mergeSources,
  noSources,
  repositoryMaterial,
  repositoryUri,
  withoutCredentials,
} from "../../../src/engine/provenance/build-sources.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const platform = { os: "linux", architecture: "amd64" };

function image(reference: string): BuildSources {
  const materials = imageMaterial({ reference, resolved: `docker.io/library/x@${digest}`, platform, ofLayout: false });
  return { ...noSources, materials };
}

describe("what several things are made from", () => {
  test("is told once and in order: images, repositories, files", () => {
    const file = { ...noSources, materials: [fileMaterial("https://a/f", "00")] };
    const repository = { ...noSources, materials: [repositoryMaterial("https://b/r.git#main:sub", "c".repeat(40))] };
    const merged = mergeSources([file, image("z"), repository, image("a:1"), file, image("z:latest")]);
    expect(merged.materials.map(({ uri }) => uri)).toEqual([
      "pkg:docker/a@1?platform=linux%2Famd64",
      "pkg:docker/z@latest?platform=linux%2Famd64",
      "https://b/r.git#main",
      "https://a/f",
    ]);
  });

  test("leaves an image by digest out only where its tag is told", () => {
    const names = (...references: readonly string[]): readonly string[] =>
      mergeSources(references.map(image)).materials.map(({ uri }) => uri);
    expect(names("a:1", `a:1@${digest}`)).toEqual(["pkg:docker/a@1?platform=linux%2Famd64"]);
    expect(names("a", `a@${digest}`)).toEqual(["pkg:docker/a@latest?platform=linux%2Famd64"]);
    expect(names("a:2", `a:1@${digest}`)).toHaveLength(2);
    expect(names(`a:1@${digest}`)).toHaveLength(1);
  });

  test("needs a secret as soon as one of them needs it", () => {
    const secret = (id: string, optional: boolean): BuildSources => ({ ...noSources, secrets: [{ id, optional }] });
    const merged = mergeSources([secret("b", true), secret("a", true), secret("b", false), secret("b", true)]);
    expect(merged.secrets).toEqual([
      { id: "a", optional: true },
      { id: "b", optional: false },
    ]);
  });

  test("is the same however it is put together", () => {
    const name = fc.constantFrom("a", "b:1", `b:1@${digest}`, "c");
    const part: fc.Arbitrary<BuildSources> = fc.record({
      materials: fc.array(name, { maxLength: 3 }).map((names) => names.flatMap((each) => image(each).materials)),
      locals: fc.subarray(["context", "dockerfile", "x"]),
      secrets: fc.array(fc.record({ id: fc.constantFrom("s", "t"), optional: fc.boolean() }), { maxLength: 3 }),
      agents: fc.constant([]),
      network: fc.boolean(),
      dockerfiles: fc.constant([]),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const whole = mergeSources(parts);
        expect(mergeSources([whole])).toEqual(whole);
        expect(mergeSources([...parts].reverse())).toEqual(whole);
        expect(mergeSources([mergeSources(parts.slice(0, 2)), ...parts.slice(2)])).toEqual(whole);
      }),
    );
  });
});

test("an image of a layout is named after its context, and by its digest", () => {
  const resolved = `oci-layout:///somewhere:tag@${digest}`;
  expect(imageMaterial({ reference: "base:2", resolved, platform, ofLayout: true })).toMatchObject([
    { uri: `pkg:oci/base@2?digest=${digest}&platform=linux%2Famd64`, digest: { sha256: "ab".repeat(32) } },
  ]);
  expect(imageMaterial({ reference: "No Image", resolved, platform, ofLayout: true })).toEqual([]);
});

test.each([
  ["github.com/a/b", "https://github.com/a/b", "https://github.com/a/b"],
  ["https://u:p@h/r.git", "https://h/r.git", "https://h/r.git"],
  ["https://h/r.git#v1:/sub/", "https://h/r.git#v1:sub/", "https://h/r.git#v1"],
  ["https://h/r.git#:sub", "https://h/r.git#:sub", "https://h/r.git"],
  ["https://h/r.git?ref=v1&subdir=s", "https://h/r.git#v1:s", "https://h/r.git#v1"],
  ["git@h:r.git#main", "git@h:r.git#main", "git@h:r.git#main"],
])("the repository %s is told as %s, and as a material as %s", (address, whole, material) => {
  expect(repositoryUri(address, { withFolder: true })).toBe(whole);
  expect(repositoryMaterial(address, "c".repeat(64))).toMatchObject({
    uri: material,
    digest: { sha256: "c".repeat(64) },
  });
});

test.each([
  ["https://user:token@h/x", "https://h/x"],
  ["https://user:p@ss@h/x", "https://h/x"],
  ["HTTPS://user@h/x", "HTTPS://h/x"],
  ["ssh://me:pw@h/x", "ssh://git@h/x"],
  ["https://h/a@b", "https://h/a@b"],
  ["https://h?x=a@b", "https://h?x=a@b"],
  ["docker-image://a@sha256:00", "docker-image://a@sha256:00"],
])("%s without credentials is %s", (address, bare) => {
  expect(withoutCredentials(address)).toBe(bare);
});
