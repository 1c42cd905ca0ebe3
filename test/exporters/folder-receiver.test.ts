import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { folderReceiver } from "../../src/exporters/folder-receiver.ts";
import { deliver } from "./receive.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { readTree, type Tree, writeTree } from "./tree.ts";

const adding = { replace: false };
const replacing = { replace: true };

async function exportInto(path: string, tree: Tree, options: { readonly replace: boolean } = adding): Promise<void> {
  const receiver = await folderReceiver(path, "out", options);
  await deliver(receiver, tree);
  await receiver.publish();
  await receiver.discard();
}

describe("a folder output", () => {
  test("appears as a whole where nothing was", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "deep/out");
    const receiver = await folderReceiver(path, "out", adding);
    expect(await readdir(folder)).toEqual([]);
    await deliver(receiver, { "a.txt": "a", sub: { b: "b" } });
    expect((await readdir(join(folder, "deep"))).filter((name) => !name.startsWith("."))).toEqual([]);
    await receiver.publish();
    expect(await readTree(folder)).toEqual({ deep: { out: { "a.txt": "a", sub: { b: "b" } } } });
    expect((await stat(path)).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  test("adds to what is there, and only when everything has arrived", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "out");
    const before = { "keep.txt": "k", "same.txt": "old", sub: { keep: "k", same: "old" } };
    await writeTree(path, before);
    const receiver = await folderReceiver(path, "out", adding);
    await deliver(receiver, { "same.txt": "new", sub: { same: "new", more: { deep: "d" } }, fresh: { f: "f" } });
    expect(await readTree(path)).toEqual(before);
    await receiver.publish();
    expect(await readTree(folder)).toEqual({
      out: {
        "keep.txt": "k",
        "same.txt": "new",
        sub: { keep: "k", same: "new", more: { deep: "d" } },
        fresh: { f: "f" },
      },
    });
  });

  test("that is discarded leaves everything as it was", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { out: { a: "old" } });
    for (const path of ["out", "new/out"]) {
      const receiver = await folderReceiver(join(folder, path), path, adding);
      await deliver(receiver, { a: "new", b: "new" });
      await receiver.discard();
      await receiver.discard();
    }
    expect(await readTree(folder)).toEqual({ out: { a: "old" } });
  });

  test("never writes through links of the destination: it replaces them", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, {
      elsewhere: { precious: "p" },
      out: { "dir -> ../elsewhere": "", "file -> ../elsewhere/precious": "" },
    });
    await exportInto(join(folder, "out"), { dir: { precious: "overwritten?" }, file: "overwritten?" });
    expect(await readTree(folder)).toEqual({
      elsewhere: { precious: "p" },
      out: { dir: { precious: "overwritten?" }, file: "overwritten?" },
    });
  });

  test("exchanges a name that changes between file and folder, and brings links as links", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { out: { "was-file": "f", "was-folder": { with: "files" } } });
    await exportInto(join(folder, "out"), { "was-file": { now: "n" }, "was-folder": "now", "link -> was-folder": "" });
    expect(await readTree(folder)).toEqual({
      out: { "was-file": { now: "n" }, "was-folder": "now", "link -> was-folder": "" },
    });
  });

  test("through a link to a folder goes into that folder", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { real: { old: "o" }, "out -> real": "", "new -> made": "" });
    await exportInto(join(folder, "out"), { a: "a" });
    await exportInto(join(folder, "new"), { b: "b" });
    expect(await readTree(folder)).toEqual({
      real: { old: "o", a: "a" },
      "out -> real": "",
      "new -> made": "",
      made: { b: "b" },
    });
  });

  test("without entries is an empty folder", async () => {
    const folder = await temporaryFolder();
    const receiver = await folderReceiver(join(folder, "out"), "out", adding);
    await receiver.publish();
    expect(await readTree(folder)).toEqual({ out: {} });
  });

  test("gives several streams the same folder", async () => {
    const folder = await temporaryFolder();
    const receiver = await folderReceiver(join(folder, "out"), "out", adding);
    await Promise.all([deliver(receiver, { linux_amd64: { a: "1" } }), deliver(receiver, { linux_arm64: { a: "2" } })]);
    await receiver.publish();
    expect(await readTree(folder)).toEqual({ out: { linux_amd64: { a: "1" }, linux_arm64: { a: "2" } } });
  });

  test("several at once into one folder all arrive", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "out");
    const receivers = await Promise.all(Array.from({ length: 8 }, () => folderReceiver(path, "out", adding)));
    await Promise.all(
      receivers.map((receiver, index) =>
        deliver(receiver, { bin: { deep: { [`tool-${index}`]: "t" } }, [`top-${index}`]: "t" }),
      ),
    );
    await Promise.all(receivers.map((receiver) => receiver.publish()));
    expect((await readdir(join(path, "bin/deep"))).length).toBe(8);
    expect((await readdir(path)).length).toBe(9);
    expect(await readdir(folder)).toEqual(["out"]);
  });

  test("gives joined folders the permissions that were received, and keeps those of the destination itself", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "out");
    await writeTree(path, { sub: { a: "a" } });
    await chmod(path, 0o750);
    const receiver = await folderReceiver(path, "out", adding);
    await deliver(receiver, { sub: { b: "b" } });
    if (receiver.sink.kind !== "folder") throw new Error("not a folder");
    await chmod(join(await receiver.sink.open(), "sub"), 0o711);
    await receiver.publish();
    expect((await stat(path)).mode & 0o777).toBe(0o750);
    expect((await stat(join(path, "sub"))).mode & 0o777).toBe(0o711);
  });

  test("with mode=delete is all there is afterwards", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { out: { old: "o", sub: { old: "o" }, ".hidden": "h" } });
    await exportInto(join(folder, "out"), { sub: { fresh: "f" } }, replacing);
    expect(await readTree(folder)).toEqual({ out: { sub: { fresh: "f" } } });
  });

  test("a file in its place is refused", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { out: "file" });
    await expect(folderReceiver(join(folder, "out"), "out", adding)).rejects.toMatchObject({
      code: "exporters/destination-is-file",
    });
  });

  test("a file that took its place meanwhile is told", async () => {
    const folder = await temporaryFolder();
    const receiver = await folderReceiver(join(folder, "out"), "out", adding);
    await deliver(receiver, { a: "a" });
    await writeTree(folder, { out: "file" });
    await expect(receiver.publish()).rejects.toMatchObject({ code: "exporters/destination-is-file" });
    await receiver.discard();
    expect(await readTree(folder)).toEqual({ out: "file" });
  });
});

const names = fc.constantFrom("a", "b", "c");
const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(names, fc.oneof({ maxDepth: 3 }, fc.string({ maxLength: 3 }), tie("tree")), { maxKeys: 3 }),
})).tree;

/** What adding a tree to another has to give. */
function joined(over: Tree, base: Tree): Tree {
  const result: Record<string, string | Tree> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const old = result[name];
    result[name] = typeof value === "object" && typeof old === "object" ? joined(value, old) : value;
  }
  return result;
}

test("whatever is there and whatever comes, the folder is the one joined with the other", async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, fc.boolean(), async (old, fresh, replace) => {
      const folder = await temporaryFolder();
      const path = join(folder, "out");
      await mkdir(path);
      await writeTree(path, old);
      await exportInto(path, fresh, { replace });
      expect(await readTree(folder)).toEqual({ out: replace ? fresh : joined(fresh, old) });
    }),
    { numRuns: 100 },
  );
});
