import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFiles, isPathPattern } from "../../src/api/find-files.ts";
import { createTempFolder, type TempFolder } from "../engine/temp-folder.ts";

const names = [
  "bake.hcl",
  "a/bake.hcl",
  "b/bake.hcl",
  "b/deep/er/bake.hcl",
  "b/bake.json",
  "c1/x.hcl",
  "c2/x.hcl",
  "c3/x.hcl",
  ".hidden/bake.hcl",
  "b/.git/bake.hcl",
  "star*/x.hcl",
];

describe("findFiles", () => {
  let folder: TempFolder;

  beforeAll(async () => {
    folder = await createTempFolder();
    for (const name of names) {
      await mkdir(join(folder.path, dirname(name)), { recursive: true });
      await writeFile(join(folder.path, name), "");
    }
    await symlink("b", join(folder.path, "linked"));
    await symlink("../bake.hcl", join(folder.path, "a/same.hcl"));
    await symlink(".", join(folder.path, "b/loop"));
  });

  afterAll(async () => folder[Symbol.asyncDispose]());

  it.each([
    ["*/bake.hcl", ["a/bake.hcl", "b/bake.hcl", "linked/bake.hcl"]],
    ["**/bake.hcl", ["a/bake.hcl", "b/bake.hcl", "b/deep/er/bake.hcl", "bake.hcl"]],
    ["b/**/bake.hcl", ["b/bake.hcl", "b/deep/er/bake.hcl"]],
    ["**/**/er/*", ["b/deep/er/bake.hcl"]],
    ["c?/x.hcl", ["c1/x.hcl", "c2/x.hcl", "c3/x.hcl"]],
    ["c[12]/x.hcl", ["c1/x.hcl", "c2/x.hcl"]],
    ["c[^12]/x.hcl", ["c3/x.hcl"]],
    ["star\\*/x.hcl", ["star*/x.hcl"]],
    ["b/*", ["b/bake.hcl", "b/bake.json"]],
    ["b/**", ["b/bake.hcl", "b/bake.json", "b/deep/er/bake.hcl"]],
    ["a/*.hcl", ["a/bake.hcl", "a/same.hcl"]],
    [".h*/bake.hcl", [".hidden/bake.hcl"]],
    ["./a/*.hcl", ["a/bake.hcl", "a/same.hcl"]],
    ["a/../c1/*", ["c1/x.hcl"]],
    ["nowhere/*", []],
    ["*", ["bake.hcl"]],
  ])("%s", (pattern, expected) => {
    expect(findFiles(pattern, folder.path)).toEqual({ kind: "found", paths: expected });
  });

  it("sees an absolute pattern from the root", () => {
    const pattern = join(folder.path, "c*/x.hcl");
    expect(findFiles(pattern, "/")).toMatchObject({ paths: [1, 2, 3].map((i) => join(folder.path, `c${i}/x.hcl`)) });
  });

  it("says so when the pattern is broken", () => {
    expect(findFiles("a/[b/x", folder.path)).toEqual({ kind: "broken-pattern" });
  });
});

it("a path without wildcards is no pattern", () => {
  expect(["a/b.hcl", "a*", "a?", "[a]", "a\\*"].map(isPathPattern)).toEqual([false, true, true, true, true]);
});
