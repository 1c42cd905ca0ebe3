import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { layeredTree } from "../../../src/engine/tree/layered-tree.ts";
import { walk } from "../../../src/engine/tree/walk.ts";
import { file, folder, hardlink, listing, opaque, shown, symlink, whiteout } from "./entries.ts";

const cases: readonly {
  readonly name: string;
  readonly layers: readonly (readonly TreeEntry[])[];
  readonly expected: readonly string[];
}[] = [
  { name: "no layers are an empty root", layers: [], expected: [] },
  {
    name: "folders are merged and files replaced",
    layers: [
      [folder("a"), file("a/one", "old"), file("a/two")],
      [folder("a"), file("a/one", "new"), file("b")],
    ],
    expected: ["a folder", "a/one file new", "a/two file a/two", "b file b"],
  },
  {
    name: "a whiteout hides a file, and a folder with all that is in it",
    layers: [
      [folder("a"), file("a/x"), folder("b"), file("b/x")],
      [folder("a"), whiteout("a/x"), whiteout("b")],
    ],
    expected: ["a folder"],
  },
  {
    name: "what was deleted comes back empty",
    layers: [[folder("b"), file("b/x")], [whiteout("b")], [folder("b"), file("b/y")]],
    expected: ["b folder", "b/y file b/y"],
  },
  {
    name: "a whiteout does not hide what its own layer has",
    layers: [
      [folder("a"), file("a/old")],
      [whiteout("a"), folder("a"), file("a/new")],
    ],
    expected: ["a folder", "a/new file a/new"],
  },
  {
    name: "an opaque folder hides what lower layers have in it, whatever the order in the archive",
    layers: [
      [folder("a"), file("a/old"), folder("a/s"), file("a/s/x")],
      [file("a/new"), opaque("a")],
    ],
    expected: ["a folder", "a/new file a/new"],
  },
  {
    name: "a file over a folder hides it, also for the layers above",
    layers: [[folder("a"), file("a/x")], [file("a", "flat")], [folder("a"), file("a/y")]],
    expected: ["a folder", "a/y file a/y"],
  },
  {
    name: "a link over a folder hides it, and is not followed",
    layers: [[folder("a"), file("a/x"), folder("b"), file("b/y")], [symlink("a", "b")]],
    expected: ["a link b", "b folder", "b/y file b/y"],
  },
  {
    name: "a folder nobody tells of has the attributes of lower layers, or of nothing",
    layers: [[folder("a", 0o700)], [file("a/x"), file("c/y")]],
    expected: ["a folder", "a/x file a/x", "c folder", "c/y file c/y"],
  },
  {
    name: "hard links stay while their first name is seen",
    layers: [[file("a", "text"), hardlink("b", "a")], [file("z")]],
    expected: ["a file text", "b same a", "z file z"],
  },
  {
    name: "of a hidden first name, the second takes the content",
    layers: [[file("a", "text"), hardlink("b", "a"), hardlink("c", "b")], [file("a", "other")]],
    expected: ["a file other", "b file text", "c same b"],
  },
  {
    name: "a name that walks before the one with the content has it instead",
    layers: [[file("z", "text"), hardlink("a", "z")]],
    expected: ["a file text", "z same a"],
  },
  {
    name: "a hard link to a symbolic one is one too",
    layers: [[symlink("a", "target"), hardlink("b", "a")]],
    expected: ["a link target", "b link target"],
  },
  {
    name: "the last of several entries of a path counts",
    layers: [[folder("a"), file("a/x"), file("a", "flat"), file("b", "1"), file("b", "2")]],
    expected: ["a file flat", "b file 2"],
  },
  {
    name: "names are in the order of their bytes",
    layers: [[file("\ufffd")], [file("\u{10000}"), file("a.b"), file("a/b")]],
    expected: ["a folder", "a/b file a/b", "a.b file a.b", "\ufffd file \ufffd", "\u{10000} file \u{10000}"],
  },
];

describe("layers on top of each other", () => {
  test.each(cases)("$name", ({ layers, expected }) => {
    const tree = layeredTree(layers);
    expect(listing(tree)).toEqual(expected);
    expect([...walk(tree)].map(shown)).toEqual(expected);
  });

  test("nothing is below what is no folder, and the root is always there", () => {
    const tree = layeredTree([[file("a"), symlink("l", "/")]]);
    expect(["a/b", "l/a", "x", "x/y"].map((path) => tree.lstat(path))).toEqual(Array(4).fill(undefined));
    expect(tree.names("a")).toEqual([]);
    expect(tree.lstat("")).toMatchObject({ type: "folder", path: "", mode: 0o755 });
  });

  test("attributes of folders are those of the topmost layer that tells of them", () => {
    const tree = layeredTree([[folder("a", 0o700)], [folder("a", 0o711)], [file("a/x")]]);
    expect(tree.lstat("a")).toMatchObject({ mode: 0o711 });
  });

  test("names that objects have are names like any other", () => {
    const tree = layeredTree([[folder("__proto__"), file("__proto__/constructor")]]);
    expect(listing(tree)).toEqual(["__proto__ folder", "__proto__/constructor file __proto__/constructor"]);
  });
});

/** Applies layers one after the other to a set of paths, as unpacking them would. */
function unpack(layers: readonly (readonly TreeEntry[])[]): readonly string[] {
  const disk = new Map<string, TreeEntry>();
  const remove = (path: string, self: boolean): void => {
    for (const each of [...disk.keys()]) if ((self && each === path) || each.startsWith(`${path}/`)) disk.delete(each);
  };
  for (const layer of layers) {
    for (const entry of layer) if (entry.type === "whiteout") remove(entry.path, true);
    for (const entry of layer) if (entry.type === "folder" && entry.opaque) remove(entry.path, false);
    for (const entry of layer) {
      if (entry.type === "whiteout") continue;
      if (entry.type !== "folder" || disk.get(entry.path)?.type !== "folder") remove(entry.path, true);
      disk.set(entry.path, entry);
    }
  }
  return [...disk.values()].map(shown).sort();
}

const names = fc.constantFrom("a", "b", "c");
/** Entries of a layer that could come from a real one: every parent is a folder of the same layer, no path twice. */
const layer = fc
  .array(
    fc.tuple(fc.array(names, { minLength: 1, maxLength: 3 }), fc.constantFrom("file", "whiteout", "opaque", "folder")),
    {
      maxLength: 8,
    },
  )
  .map((drawn) => {
    const entries = new Map<string, TreeEntry>();
    for (const [parts, kind] of drawn) {
      const paths = parts.map((_, i) => parts.slice(0, i + 1).join("/"));
      const path = paths.pop() ?? "";
      if (entries.has(path) || paths.some((each) => entries.has(each) && entries.get(each)?.type !== "folder"))
        continue;
      for (const each of paths) if (!entries.has(each)) entries.set(each, folder(each));
      const make = { file, whiteout, opaque, folder }[kind];
      entries.set(path, make(path));
    }
    return [...entries.values()];
  });

test("layers look as if they had been unpacked one after the other", () => {
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 5 }), (layers) => {
      const numbered = layers.map((entries, i) =>
        entries.map((each) => (each.type === "file" ? file(each.path, `${i}`) : each)),
      );
      const tree = layeredTree(numbered);
      const expected = unpack(numbered);
      expect([...walk(tree)].map(shown).sort()).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
