import { expect, test } from "vitest";
import { planUnpacking } from "../../../src/engine/run/snapshot/unpack-plan.ts";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { describeEntry, fileEntry, folderEntry, linkEntry } from "./workbench.ts";

const plain = { mode: 0o644, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 };
const whiteout = (path: string): TreeEntry => ({ type: "whiteout", path, ...plain, mode: 0 });
const hardlink = (path: string, target: string): TreeEntry => ({ type: "hardlink", path, target, ...plain });

test.each<[string, TreeEntry[], RegExp]>([
  ["above", [fileEntry("../x", "")], /leads out/],
  ["above in the middle", [fileEntry("a/../../x", "")], /leads out/],
  ["from the root", [fileEntry("/etc/x", "")], /leads out/],
  ["through a link", [linkEntry("a", "/etc"), fileEntry("a/x", "")], /no folder in the same layer/],
  ["through a link that comes later", [fileEntry("a/x", ""), linkEntry("a", "/etc")], /no folder in the same layer/],
  ["by a hard link to above", [hardlink("a", "../etc/shadow")], /no file of the same layer/],
  ["by a hard link to another layer", [hardlink("a", "etc/shadow")], /no file of the same layer/],
  ["by hard links in a circle", [hardlink("a", "b"), hardlink("b", "a")], /no file of the same layer/],
  ["by a whiteout", [whiteout("../x")], /leads out/],
])("a layer that leads out of itself %s is refused", (_, entries, message) => {
  expect(() => planUnpacking(entries)).toThrow(message);
});

test("of several entries with one path the last counts; links come last and lead to a file", () => {
  const { entries } = planUnpacking([
    fileEntry("a", "1"),
    hardlink("l", "a"),
    hardlink("m", "l"),
    fileEntry("a", "22"),
  ]);
  expect(entries.map(describeEntry)).toEqual(["file 644 0:0 a", "hardlink 644 0:0 l -> a", "hardlink 644 0:0 m -> a"]);
  expect(entries[0]).toMatchObject({ content: { size: 2 } });
});

test("what takes the place of something removed hides it", () => {
  const { entries } = planUnpacking([
    whiteout("d"),
    folderEntry("d"),
    whiteout("f"),
    fileEntry("f", ""),
    whiteout("gone"),
  ]);
  expect(entries).toEqual([
    expect.objectContaining({ path: "d", opaque: true }),
    expect.objectContaining({ path: "f", type: "file" }),
    expect.objectContaining({ path: "gone", type: "whiteout" }),
  ]);
});

test("folders a layer says nothing of are named, from the top down", () => {
  expect(planUnpacking([fileEntry("a/b/c", ""), whiteout("x/y")]).untold).toEqual(["a", "x", "a/b"]);
});
