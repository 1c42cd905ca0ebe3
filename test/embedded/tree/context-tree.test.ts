import { spawnSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PathFilter } from "../../../src/dockerfile/ignore/path-filter.ts";
import { openContextTree } from "../../../src/engine/tree/context-tree.ts";
import { walk } from "../../../src/engine/tree/walk.ts";
import { BuildFailure } from "../../../src/execute/ports.ts";
import { listing, shown } from "./entries.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "tsbake-context-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
}

function ignoring(...patterns: readonly string[]): ReturnType<typeof openContextTree> {
  return openContextTree(root, { filter: new PathFilter([], patterns) });
}

const isRoot = process.getuid?.() === 0;

describe("a folder of this machine", () => {
  test("is walked in the order of bytes, a folder before what is in it", () => {
    put("a.b", "a/z", "a/b/c", "B", "é");
    const tree = openContextTree(root);
    const expected = ["B file disk", "a folder", "a/b folder", "a/b/c file disk", "a/z file disk"];
    expect([...walk(tree)].map(shown)).toEqual([...expected, "a.b file disk", "é file disk"]);
    expect(listing(tree)).toEqual([...walk(tree)].map(shown));
    expect([...walk(tree, "a/b")].map(shown)).toEqual(["a/b folder", "a/b/c file disk"]);
    expect([...walk(tree, "none")]).toEqual([]);
  });

  test("tells modes, owners, times before the epoch and what finds the content again", () => {
    put("f");
    chmodSync(join(root, "f"), 0o4751);
    spawnSync("touch", ["-d", "@-1.5", join(root, "f")]);
    expect(openContextTree(root).lstat("f")).toMatchObject({
      type: "file",
      mode: 0o4751,
      uid: process.getuid?.(),
      seconds: -2,
      nanoseconds: 500_000_000,
      content: { kind: "disk", file: join(root, "f"), size: 1, fingerprint: { mtimeNs: -1_500_000_000n } },
    });
  });

  test("has links as they are written, pipes, and no sockets", async () => {
    symlinkSync("../outside", join(root, "link"));
    spawnSync("mkfifo", [join(root, "pipe")]);
    const server = createServer().listen(join(root, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(listing(openContextTree(root))).toEqual(["link link ../outside", "pipe fifo"]);
    await new Promise((resolve) => server.close(resolve));
  });

  test.skipIf(!isRoot)("has devices with their numbers", () => {
    spawnSync("mknod", [join(root, "null"), "c", "1", "3"]);
    spawnSync("mknod", [join(root, "wide"), "b", "4000", "70000"]);
    const tree = openContextTree(root);
    expect(tree.lstat("null")).toMatchObject({ type: "character", major: 1, minor: 3 });
    expect(tree.lstat("wide")).toMatchObject({ type: "block", major: 4000, minor: 70_000 });
  });

  test("gives the names of one file as hard links to the first, whatever is asked first", () => {
    put("a/x", "z");
    linkSync(join(root, "z"), join(root, "m"));
    linkSync(join(root, "z"), join(root, "a/k"));
    const expected = ["a folder", "a/k file disk", "a/x file disk", "m same a/k", "z same a/k"];
    expect(listing(openContextTree(root))).toEqual(expected);
    const tree = openContextTree(root);
    expect(shown(tree.lstat("z"))).toBe("z same a/k");
    expect(tree.lstat("m")).not.toHaveProperty("content");
    expect(shown(tree.lstat("a/k"))).toBe("a/k file disk");
  });

  test("counts only the names that are not left out", () => {
    put("z");
    linkSync(join(root, "z"), join(root, "a"));
    expect(listing(ignoring("a"))).toEqual(["z file disk"]);
  });

  test("does not change once it was looked at, and what is gone between two looks is not there", () => {
    put("a", "b");
    const tree = openContextTree(root);
    expect(tree.names("")).toEqual(["a", "b"]);
    rmSync(join(root, "a"));
    put("c");
    expect(listing(tree)).toEqual(["a file disk", "b file disk"]);
    expect(shown(tree.lstat("c"))).toBe("c file disk");
  });

  test("may be named through a symbolic link", () => {
    put("real/f");
    symlinkSync("real", join(root, "alias"));
    expect(openContextTree(join(root, "alias")).lstat("f")).toMatchObject({ content: { file: join(root, "real/f") } });
  });

  test("is not looked into below links and files", () => {
    put("d/f", "g");
    symlinkSync("d", join(root, "l"));
    const tree = openContextTree(root);
    expect([tree.lstat("l/f"), tree.lstat("g/x"), tree.lstat("d/f/x"), tree.lstat(`${"n".repeat(300)}`)]).toEqual(
      Array(4).fill(undefined),
    );
    expect([tree.names("l"), tree.names("g"), tree.names("none")]).toEqual([[], [], []]);
  });

  test("that is none is refused with its name", () => {
    put("f");
    expect(() => openContextTree(join(root, "none"))).toThrow(`the context ${join(root, "none")} is not a folder`);
    expect(() => openContextTree(join(root, "f"))).toThrow(BuildFailure);
  });
});

describe("what is left out", () => {
  const cases: readonly (readonly [patterns: readonly string[], expected: readonly string[]])[] = [
    [["a"], ["b", "b/y", "c"]],
    [
      ["a", "!a/x"],
      ["a", "a/x", "b", "b/y", "c"],
    ],
    [["*"], []],
    [
      ["*", "!b"],
      ["b", "b/y"],
    ],
    [["*", "!none/x"], []],
    [
      ["**/x", "**/y"],
      ["a", "b", "c"],
    ],
    [
      ["a", "!a/d/z"],
      ["b", "b/y", "c"],
    ],
  ];
  test.each(cases)("%j leaves %j", (patterns, expected) => {
    put("a/x", "a/d/w", "b/y", "c");
    const tree = ignoring(...patterns);
    expect([...walk(tree)].map(({ path }) => path).filter((path) => !path.startsWith("a/d"))).toEqual(expected);
    const alone = ignoring(...patterns);
    expect(["a", "a/x", "b", "b/y", "c"].filter((path) => alone.lstat(path) !== undefined)).toEqual(expected);
  });

  test.skipIf(process.platform === "win32")("is never read", () => {
    put("secret/x", "d/closed/y", "f");
    for (const closed of ["secret", "d/closed"]) chmodSync(join(root, closed), 0);
    asNobody(() => {
      expect(listing(ignoring("secret", "**/closed"))).toEqual(["d folder", "f file disk"]);
      expect(listing(ignoring("secret", "!secret/none", "d"))).toEqual(["f file disk"]);
      expect(() => listing(openContextTree(root))).toThrow(/d\/closed cannot be read: permission denied/);
      expect(() => listing(ignoring("d"))).toThrow(/secret cannot be read: permission denied/);
    });
  });

  test.skipIf(process.platform === "win32")("is not asked which of two names of a file comes first", () => {
    put("closed/y", "z");
    linkSync(join(root, "z"), join(root, "y"));
    chmodSync(join(root, "closed"), 0);
    asNobody(() => expect(shown(openContextTree(root).lstat("z"))).toBe("z same y"));
  });
});

/** To root, nothing is closed. */
function asNobody(run: () => void): void {
  if (isRoot) {
    chmodSync(root, 0o755);
    process.seteuid?.(65_534);
  }
  try {
    run();
  } finally {
    if (isRoot) process.seteuid?.(0);
    else spawnSync("chmod", ["-R", "u+rwx", root]);
  }
}

describe("names that are no text", () => {
  const bad = (folder: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff])]);

  test.skipIf(process.platform !== "linux")("are told, unless they are left out", () => {
    put("d/x");
    writeFileSync(bad(join(root, "d")), "");
    expect(() => listing(openContextTree(root))).toThrow(/d\/a\ufffd" is not valid UTF-8/);
    expect(listing(ignoring("d/a*"))).toEqual(["d folder", "d/x file disk"]);
    expect(shown(openContextTree(root).lstat("d/x"))).toBe("d/x file disk");
  });

  test.skipIf(process.platform !== "linux")("are told of links too", () => {
    symlinkSync(Buffer.from([0xff]), join(root, "l"));
    expect(() => listing(openContextTree(root))).toThrow(/link target of .*\/l" is not valid UTF-8/);
  });

  test("are not confused with those that have the replacement character", () => {
    put("a\ufffd");
    expect(listing(openContextTree(root))).toEqual(["a\ufffd file disk"]);
  });
});
