import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layeredTree } from "../../../src/engine/tree/layered-tree.ts";
import { compareInWalkOrder } from "../../../src/engine/tree/order.ts";
import { resolvePath } from "../../../src/engine/tree/resolve-path.ts";
import { subTree } from "../../../src/engine/tree/sub-tree.ts";
import { walk } from "../../../src/engine/tree/walk.ts";
import { file, folder, hardlink, listing, shown, symlink } from "./entries.ts";

const tree = layeredTree([
  [
    folder("a"),
    folder("a/b"),
    file("a/b/f"),
    symlink("a/up", "../c"),
    symlink("a/top", "/a/b"),
    symlink("a/out", "../../../../c"),
    folder("c"),
    symlink("c/gone", "none/x"),
    symlink("chain", "a/top"),
    symlink("dot", "."),
    symlink("loop", "loop2"),
    symlink("loop2", "/loop"),
    symlink("root", "/"),
  ],
]);

describe("a path through links", () => {
  test.each([
    ["a/b/f", "a/b/f"],
    ["/a//b/./f/", "a/b/f"],
    ["a/up", "c"],
    ["a/up/x", "c/x"],
    ["a/top/f", "a/b/f"],
    ["a/out/y", "c/y"],
    ["chain/f", "a/b/f"],
    ["a/top/..", "a"],
    ["a/up/..", ""],
    ["../../c", "c"],
    ["dot/dot/a", "a"],
    ["root/root/a/b", "a/b"],
    ["c/gone", "c/none/x"],
    ["c/gone/z", "c/none/x/z"],
    ["none/../a", "a"],
    ["", ""],
    ["/", ""],
  ])("%s is %s", (path, expected) => {
    expect(resolvePath(tree, path, { followLast: true })).toBe(expected);
  });

  test.each([
    ["a/up", "a/up"],
    ["a/up/", "a/up"],
    ["chain/f", "a/b/f"],
    ["dot/chain", "chain"],
    ["loop", "loop"],
  ])("%s is %s when the last part is not followed", (path, expected) => {
    expect(resolvePath(tree, path, { followLast: false })).toBe(expected);
  });

  test.each(["loop", "loop/x", "loop2"])("%s goes in circles", (path) => {
    expect(() => resolvePath(tree, path, { followLast: true })).toThrow(`/${path}: too many levels of symbolic links`);
  });
});

describe("a folder of a tree", () => {
  const linked = layeredTree([
    [
      file("a-first", "text"),
      folder("d"),
      hardlink("d/one", "a-first"),
      file("d/own", "own"),
      hardlink("d/two", "a-first"),
      hardlink("d/own2", "d/own"),
    ],
  ]);

  test("is a tree of its own, where links to files outside are files", () => {
    const sub = subTree(linked, "d");
    const expected = ["one file text", "own file own", "own2 same own", "two same one"];
    expect(listing(sub)).toEqual(expected);
    expect([...walk(sub)].map(shown)).toEqual(expected);
    expect(sub.lstat("")).toMatchObject({ type: "folder", path: "" });
  });

  test("is the tree itself at the root, and empty where there is no folder", () => {
    expect(subTree(linked, "")).toBe(linked);
    expect([
      subTree(linked, "none").lstat(""),
      listing(subTree(linked, "none")),
      listing(subTree(linked, "a-first")),
    ]).toEqual([expect.objectContaining({ type: "folder", path: "" }), [], []]);
  });
});

test("paths are ordered as a walk meets them", () => {
  const name = fc.string({
    unit: fc.constantFrom("a", "b", ".", "-", "0", "é", "\u{1f600}", "\uffee"),
    minLength: 1,
    maxLength: 3,
  });
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), (paths) => {
      const walked = [...walk(layeredTree([paths.map((each) => folder(each))]))].map((entry) => entry.path);
      expect([...walked].reverse().sort(compareInWalkOrder)).toEqual(walked);
    }),
  );
});
