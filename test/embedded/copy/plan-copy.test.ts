import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planCopy, standsAlone } from "../../../src/engine/copy/plan-copy.ts";
import { planWorkdir } from "../../../src/engine/copy/plan-workdir.ts";
import { openContextTree } from "../../../src/engine/tree/context-tree.ts";
import { inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";
import { layeredTree } from "../../../src/engine/tree/layered-tree.ts";
import { compareInWalkOrder } from "../../../src/engine/tree/order.ts";
import { parentPath } from "../../../src/engine/tree/path.ts";
import { emptyTree, type Tree } from "../../../src/engine/tree/tree.ts";
import { file, folder, hardlink, shown, symlink } from "../tree/entries.ts";
import { copy, signal, treeOf } from "./request.ts";

const context = treeOf(file("a"), folder("d"), file("d/b"), file("d/c", "C", 0o600), folder("d/e"), file("d/e/f"));

describe("what goes wrong is told with a way out", () => {
  test.each([
    ["a missing file", () => copy(context, ["dd/b"], "/x"), '"dd/b" is not in the build context', 'did you mean "d"?'],
    ["a misspelt file", () => copy(context, ["d/bb"], "/x"), '"d/bb" is not in', 'did you mean "d/b"?'],
    [
      "a file of another name",
      () => copy(context, ["/d/./somewhere"], "/x"),
      '"/d/./somewhere" is not in the build context',
      'paths start at the root of the build context; "d" there holds b, c and e',
    ],
    [
      "a file of a stage",
      () => copy(context, ["nowhere/x"], "/x", { item: { ownerless: false, origin: 'stage "build"' } }),
      '"nowhere/x" is not in stage "build"',
      'paths start at the root of stage "build"; stage "build" holds a and d',
    ],
    [
      "a file in an empty context",
      () => copy(treeOf(), ["x"], "/x"),
      '"x" is not in the build context',
      "the build context is empty",
    ],
    [
      "an ignored file",
      () => copy(context, ["log/x"], "/x", { item: { excluded: (path) => path === "log/x" } }),
      '"log/x" is not in the build context',
      'an ignore rule leaves it out: add "!log/x" at the end of the .dockerignore file',
    ],
    [
      "a link out of the context",
      () => copy(treeOf(symlink("l", "../../etc/passwd")), ["l"], "/x"),
      '"l" is a link to "etc/passwd", which is not in the build context',
      "links are followed inside the tree that is copied from only",
    ],
    [
      "links in a circle",
      () => copy(treeOf(symlink("l", "m"), symlink("m", "l")), ["l"], "/x"),
      "too many levels of symbolic links",
      "the links point at each other",
    ],
    [
      "a pattern below a file",
      () => copy(context, ["a/*"], "/x"),
      '"a/*" is not in the build context',
      '"a" is a file there',
    ],
    [
      "required parents",
      () => copy(context, ["d/./nope"], "/x", { item: { parents: true } }),
      '"d/./nope" is not in the build context',
      '"d" there holds b, c and e',
    ],
    [
      "parents below a file",
      () => copy(context, ["a/./b"], "/x", { item: { parents: true } }),
      '"a/./b" is not in the build context',
      '"a" is a file there',
    ],
    [
      "required parents that are excluded",
      () => copy(context, ["d/b"], "/x", { item: { parents: true, excludes: ["d/b"] } }),
      'nothing is left of "d/b": --exclude leaves it out',
      "a source that is named must be copied",
    ],
    ["a broken pattern", () => copy(context, ["[a"], "/x"), '"[a" is no pattern', "write a backslash before a ["],
    [
      "a broken exclusion",
      () => copy(context, ["d"], "/x", { item: { excludes: ["[a"] } }),
      '"[a" is no pattern',
      "write a backslash",
    ],
    [
      "a folder onto a file",
      () => copy(context, ["d"], "/x", { base: treeOf(file("x")) }),
      "/x exists and is not a folder",
      "choose another destination",
    ],
    [
      "a file below a file",
      () => copy(context, ["a"], "/x/y", { base: treeOf(file("x")) }),
      "/x exists and is not a folder",
      "choose another destination",
    ],
    [
      "a folder onto a file further down",
      () => copy(context, ["d"], "/x", { base: treeOf(folder("x"), file("x/e")) }),
      "the folder d/e cannot be copied to /x/e, which is not a folder",
      "a folder is merged into folders only",
    ],
    [
      "a folder onto a link to one",
      () => copy(context, ["d"], "/x", { base: treeOf(folder("x"), symlink("x/e", "/x")) }),
      "the folder d/e cannot be copied to /x/e",
      "links are not followed there",
    ],
    [
      "a file onto a folder",
      () => copy(context, ["a"], "/x/", { base: treeOf(folder("x"), folder("x/a")) }),
      "the file a cannot replace the folder /x/a",
      "choose another destination",
    ],
    ["a mode", () => copy(context, ["a"], "/x", { mode: "999" }), "--chmod=999 says nothing of permissions", "octal"],
    ["an owner", () => copy(context, ["a"], "/x", { owner: "-1" }), '"-1" names no owner', "write user:group"],
    [
      "a name in an image without files",
      () => copy(context, ["a"], "/x", { owner: "app" }),
      'nobody is called "app": the image is still empty',
      "write numbers",
    ],
  ])("%s", async (_, plan, message, hint) => {
    await expect(plan()).rejects.toMatchObject({
      code: expect.stringMatching(/^(build|engine)\/[a-z-]+$/),
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });
});

describe("what hardly anybody means is warned of", () => {
  test.each([
    [
      "a pattern without matches",
      copy(context, ["*.md"], "/x/"),
      "no-match",
      'nothing in the build context matches "*.md"',
    ],
    ["parents without matches", copy(context, ["d/*.md"], "/x/", { item: { parents: true } }), "no-match", '"d/*.md"'],
    [
      "files onto one",
      copy(context, ["a", "d/b", "d/c"], "/x"),
      "several-sources-to-file",
      "the file /x: the last one stays",
    ],
    [
      "an owner nobody knows",
      copy(context, ["a"], "/x", { owner: "app:staff", base: treeOf(file("k")), accounts: async () => "root:x:0:0\n" }),
      "unknown-owner",
      'no user is called "app" in /etc/passwd of the image: root gets',
    ],
    ["names that delete", copy(treeOf(file(".wh.k")), ["."], "/x/"), "whiteout-name", "/x/.wh.k is copied"],
  ])("%s", async (_, plan, code, message) => {
    const { warnings } = await plan;
    expect(warnings[0]).toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/./),
    });
  });

  test.each([
    ["files into a folder", copy(context, ["a", "d/b"], "/x/")],
    ["files into a folder that is there", copy(context, ["a", "d/b"], "/x", { base: treeOf(folder("x")) })],
    ["a folder, then a file into it", copy(context, ["d", "a"], "/x")],
    ["one of two patterns matches", copy(context, ["a*"], "/x")],
    ["a number", copy(context, ["a"], "/x", { owner: "1:2" })],
    ["a whole folder without what is excluded", copy(context, ["d"], "/x", { item: { excludes: ["*"] } })],
  ])("but not of %s", async (_, plan) => {
    expect((await plan).warnings).toEqual([]);
  });
});

describe("hard links", () => {
  const linked = treeOf(file("a"), folder("z"), hardlink("z/b", "a"), hardlink("z/c", "a"));

  test("stay links, to the first name that is copied", async () => {
    const { entries } = await copy(linked, ["z"], "/n/");
    expect(entries.map(shown)).toEqual(["n folder", "n/b file a", "n/c same n/b"]);
  });

  test("take what --chown and --chmod say, all of them", async () => {
    const { entries } = await copy(linked, ["."], "/", { owner: "3:4", mode: "600" });
    expect(entries.filter(({ path }) => path !== "z")).toMatchObject([
      { path: "a", type: "file", uid: 3, gid: 4, mode: 0o600 },
      { path: "z/b", type: "hardlink", target: "a", uid: 3, gid: 4, mode: 0o600 },
      { path: "z/c", type: "hardlink", target: "a", uid: 3, gid: 4, mode: 0o600 },
    ]);
  });
});

describe("with --link", () => {
  const untouchable: Tree = {
    lstat: () => {
      throw new Error("the base was looked at");
    },
    names: () => {
      throw new Error("the base was looked at");
    },
  };

  test("the base is not looked at", async () => {
    const { entries } = await copy(context, ["d"], "/l/", { base: untouchable, link: true, owner: "5" });
    expect(entries.map(({ path }) => path)).toEqual(["l", "l/b", "l/c", "l/e", "l/e/f"]);
  });

  test("and --chmod it is copied as without", async () => {
    expect(standsAlone({ link: true, mode: "600" })).toBe(false);
    const base = treeOf(symlink("l", "r"), folder("r"));
    const { entries } = await copy(context, ["a"], "/l/", { base, link: true, mode: "600" });
    expect(entries.map(shown)).toEqual(["r folder", "r/a file a"]);
  });
});

describe("a file on disk that is on the image already", () => {
  async function planOnItself(content: string, knownHash?: () => string) {
    const root = mkdtempSync(join(tmpdir(), "copy-same-"));
    try {
      writeFileSync(join(root, "k"), "text");
      const tree = openContextTree(root);
      const there = { ...file("k", content), seconds: 0, nanoseconds: 0 };
      // A time of whole seconds may have been cut: only the content tells.
      const cut: Tree = {
        names: (path) => tree.names(path),
        lstat: (path) => {
          const entry = tree.lstat(path);
          return entry === undefined ? undefined : { ...entry, seconds: 0, nanoseconds: 0 };
        },
      };
      const options = knownHash === undefined ? {} : { knownHash };
      return (await copy(cut, ["k"], "/k", { base: treeOf(there), ...options })).entries.map(({ path }) => path);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  test("is left out when it is the same", async () => {
    expect(await planOnItself("text")).toEqual([]);
  });

  test("is copied when a byte differs", async () => {
    expect(await planOnItself("tExt")).toEqual(["k"]);
  });

  test("is not read where its hash is known", async () => {
    expect(await planOnItself("text", () => "another")).toEqual(["k"]);
  });

  test("and that changed since it was looked at, fails the build", async () => {
    const root = mkdtempSync(join(tmpdir(), "copy-changed-"));
    try {
      writeFileSync(join(root, "k"), "text");
      const tree = openContextTree(root);
      const entry = tree.lstat("k");
      writeFileSync(join(root, "k"), "TEXT");
      expect(readFileSync(join(root, "k"), "utf8")).toBe("TEXT");
      const seconds = entry?.seconds ?? 0;
      const cut: Tree = {
        names: (path) => tree.names(path),
        lstat: (path) => (path === "k" && entry !== undefined ? { ...entry, nanoseconds: 0 } : tree.lstat(path)),
      };
      await expect(copy(cut, ["k"], "/k", { base: treeOf({ ...file("k", "text"), seconds }) })).rejects.toMatchObject({
        code: "build/file-unreadable",
        message: expect.stringContaining("it changed while the build was running"),
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

const name = fc.constantFrom("a", "b", "a.b", "é", "\u{1d4b3}", "\uffee", "A");
const anyTree: fc.Arbitrary<Tree> = fc
  .array(
    fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/")),
      kind: fc.constantFrom("file", "folder", "link"),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      seconds: fc.integer({ min: 0, max: 3 }),
      text: fc.constantFrom("x", "y", ""),
    }),
    { maxLength: 12 },
  )
  .map((drafts) => {
    const entries = new Map<string, TreeEntry>();
    for (const { path, kind, mode, seconds, text } of drafts) {
      const names = path.split("/");
      const parents = names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join("/"));
      if (parents.some((parent) => entries.get(parent) !== undefined && entries.get(parent)?.type !== "folder"))
        continue;
      if (entries.has(path)) continue;
      for (const parent of parents) if (!entries.has(parent)) entries.set(parent, folder(parent));
      if (kind === "file") entries.set(path, { ...file(path, text, mode), seconds });
      else if (kind === "folder") entries.set(path, { ...folder(path, mode), seconds });
      else entries.set(path, { ...symlink(path, text === "" ? "a" : text), seconds });
    }
    return treeOf(...entries.values());
  });

describe("whatever is copied", () => {
  const destination = fc.constantFrom("/", "/a/", "/a/b/", "/new/er/");
  /** Of a plan that a build fails over there is nothing to tell. */
  const planned = (tree: Tree, base: Tree, to: string) =>
    copy(tree, ["."], to, { base }).then(
      ({ entries }) => entries,
      () => undefined,
    );

  test("comes in walk order, every folder on the way included once", async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, destination, async (tree, base, to) => {
        const entries = (await planned(tree, base, to)) ?? [];
        const paths = entries.map(({ path }) => path);
        expect([...new Set(paths)].sort(compareInWalkOrder)).toEqual(paths);
        for (const path of paths) if (path.includes("/")) expect(paths).toContain(parentPath(path));
      }),
    );
  });

  test("is nothing new when it is copied again", async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, destination, async (tree, base, to) => {
        const first = await planned(tree, base, to);
        if (first === undefined) return;
        const after = onTopOf(base, first);
        expect(await planned(tree, after, to)).toEqual([]);
      }),
    );
  });

  test("leaves alone what is elsewhere", async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, async (tree, base) => {
        for (const { path } of (await planned(tree, base, "/elsewhere/")) ?? []) expect(path).toMatch(/^elsewhere/);
      }),
    );
  });
});

/** All of a tree as one layer, and a layer on it. */
function onTopOf(base: Tree, layer: readonly TreeEntry[]): Tree {
  const all = (path: string): readonly TreeEntry[] =>
    base.names(path).flatMap((child) => {
      const below = path === "" ? child : `${path}/${child}`;
      const entry = base.lstat(below);
      return entry === undefined ? [] : [entry, ...all(below)];
    });
  return layeredTree([all(""), layer]);
}

test("a signal that is aborted ends it with its reason", async () => {
  const reason = new Error("enough");
  const request = {
    base: emptyTree,
    items: [
      { kind: "file", name: "k", content: inlineContent(Buffer.from("k")), mode: 0o644, seconds: 0, unpack: false },
    ],
    destination: "/k",
    link: false,
    accounts: async () => undefined,
    nowSeconds: 0,
  } as const;
  await expect(planCopy(request, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect((await planCopy(request, signal)).entries).toHaveLength(1);
});

test("a signal that is aborted on the way ends it soon, in one folder of any size too", async () => {
  const names = Array.from({ length: 2_000_000 }, (_, index) => `f${index}`);
  const reason = new Error("enough");
  const controller = new AbortController();
  let looks = 0;
  const tree: Tree = {
    names: (path) => (path === "" ? names : []),
    lstat: (path) => {
      looks++;
      return path === "" ? emptyTree.lstat("") : file(path, "");
    },
  };
  const request = {
    base: emptyTree,
    items: [{ kind: "paths", tree, patterns: ["."], excludes: [], parents: false, unpack: false, ownerless: true }],
    destination: "/x/",
    link: false,
    accounts: async () => undefined,
    nowSeconds: 0,
  } as const;
  setTimeout(() => controller.abort(reason), 5);
  await expect(planCopy(request, controller.signal)).rejects.toBe(reason);
  expect(looks).toBeLessThan(names.length / 2);
});

describe("WORKDIR", () => {
  const owner = { uid: 7, gid: 8, nowSeconds: 9 };

  test("makes what is missing, through links, for the user", () => {
    const base = treeOf(folder("real"), symlink("x", "real"));
    const { entries } = planWorkdir({ base, path: "/x/../x/y/z", ...owner });
    expect(entries).toMatchObject([
      { path: "real", uid: 0, seconds: 9 },
      { path: "real/y", mode: 0o755, uid: 7, gid: 8, seconds: 9 },
      { path: "real/y/z", mode: 0o755, uid: 7, gid: 8, seconds: 9 },
    ]);
  });

  test("has nothing to do where the folder is", () => {
    expect(planWorkdir({ base: treeOf(folder("x")), path: "/x", ...owner }).entries).toEqual([]);
  });

  test("fails where a file is in the way", () => {
    expect(() => planWorkdir({ base: treeOf(file("x")), path: "/x/y", ...owner })).toThrow(
      "/x exists and is not a folder",
    );
  });
});
