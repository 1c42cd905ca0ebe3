import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileReceiver } from "../../src/exporters/file-receiver.ts";
import { send } from "./receive.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { readTree, writeTree } from "./tree.ts";

describe("a file output", () => {
  test("is not there before it is whole, and then it is", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "app.tar");
    const receiver = await fileReceiver(path, "app.tar");
    expect(await readdir(folder)).toEqual([]);
    await send(receiver, "one ", "two");
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^\.app\.tar\.tsbake-/)]);
    await receiver.publish();
    await receiver.discard();
    expect(await readTree(folder)).toEqual({ "app.tar": "one two" });
    expect((await stat(path)).mode & 0o777).toBe(0o644 & ~process.umask());
  });

  test("replaces the old file in one step and keeps its permissions", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "app.tar");
    await writeFile(path, "old");
    await chmod(path, 0o600);
    const receiver = await fileReceiver(path, "app.tar");
    await send(receiver, "new");
    expect(await readFile(path, "utf8")).toBe("old");
    await receiver.publish();
    expect(await readFile(path, "utf8")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("that is discarded leaves the old file, and no folder it had made", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { "app.tar": "old" });
    const replacing = await fileReceiver(join(folder, "app.tar"), "app.tar");
    const making = await fileReceiver(join(folder, "deep/er/app.tar"), "deep/er/app.tar");
    for (const receiver of [replacing, making]) {
      await send(receiver, "new");
      await receiver.discard();
      await receiver.discard();
    }
    expect(await readTree(folder)).toEqual({ "app.tar": "old" });
  });

  test("can be discarded in the middle of a write, and before anything came", async () => {
    const folder = await temporaryFolder();
    const receiver = await fileReceiver(join(folder, "sub/app.tar"), "app.tar");
    await receiver.discard();
    if (receiver.sink.kind !== "stream") throw new Error("not a stream");
    const stream = await receiver.sink.open(new Map());
    for (let i = 0; i < 50; i++) stream.write(Buffer.alloc(1 << 20));
    await receiver.discard();
    expect(await readTree(folder)).toEqual({});
  });

  test("leaves the folder it made to another output that uses it", async () => {
    const folder = await temporaryFolder();
    const [failing, working] = await Promise.all(
      ["a.tar", "b.tar"].map((name) => fileReceiver(join(folder, "out", name), name)),
    );
    if (failing === undefined || working === undefined) throw new Error("two were asked for");
    await send(failing, "a");
    await send(working, "b");
    await failing.discard();
    await working.publish();
    expect(await readTree(folder)).toEqual({ out: { "b.tar": "b" } });
  });

  test("through a link writes what the link points to; the link stays", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, {
      real: { "app.tar": "old" },
      "link.tar -> real/app.tar": "",
      "new.tar -> real/new.tar": "",
    });
    for (const name of ["link.tar", "new.tar"]) {
      const receiver = await fileReceiver(join(folder, name), name);
      await send(receiver, name);
      await receiver.publish();
    }
    expect(await readTree(folder)).toEqual({
      real: { "app.tar": "link.tar", "new.tar": "new.tar" },
      "link.tar -> real/app.tar": "",
      "new.tar -> real/new.tar": "",
    });
  });

  test("to a device goes to the device", async () => {
    const receiver = await fileReceiver("/dev/null", "/dev/null");
    await send(receiver, "gone");
    await receiver.publish();
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  test("two at once for the same file: the last one to publish wins, nothing is mixed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 20 }), async (turns) => {
        const folder = await temporaryFolder();
        const path = join(folder, "app.tar");
        const streams: Writable[] = [];
        const receivers = [await fileReceiver(path, "app.tar"), await fileReceiver(path, "app.tar")];
        for (const { sink } of receivers) if (sink.kind === "stream") streams.push(await sink.open(new Map()));
        for (const first of turns) streams[first ? 0 : 1]?.write(first ? "a" : "b");
        const order = turns[0] ? [0, 1] : [1, 0];
        for (const index of order) {
          await new Promise<void>((resolve) => streams[index]?.end(resolve));
          await receivers[index]?.publish();
        }
        const last = order[1] === 0 ? "a" : "b";
        const expected = turns.filter((first) => first === (last === "a")).map(() => last);
        expect(await readTree(folder)).toEqual({ "app.tar": expected.join("") });
      }),
      { numRuns: 20 },
    );
  });

  test("a long name with letters of several bytes is staged under a shorter one", async () => {
    const folder = await temporaryFolder();
    const name = `${"ä".repeat(120)}.tar`;
    const receiver = await fileReceiver(join(folder, name), name);
    await send(receiver, "x");
    await receiver.publish();
    expect(await readdir(folder)).toEqual([name]);
  });
});

describe("a destination that cannot be written is refused before the build", () => {
  test("a folder", async () => {
    const folder = await temporaryFolder();
    await expect(fileReceiver(folder, "out")).rejects.toMatchObject({ code: "exporters/destination-is-folder" });
  });

  test("below a file", async () => {
    const folder = await temporaryFolder();
    await writeTree(folder, { file: "x" });
    const refused = expect.objectContaining({
      code: "exporters/destination-unwritable",
      message: expect.stringContaining("no folder"),
    });
    await expect(fileReceiver(join(folder, "file/app.tar"), "file/app.tar")).rejects.toEqual(refused);
  });

  test("a circle of links", async () => {
    const folder = await temporaryFolder();
    await symlink("b", join(folder, "a"));
    await symlink("a", join(folder, "b"));
    await expect(fileReceiver(join(folder, "a"), "a")).rejects.toMatchObject({
      code: "exporters/destination-unwritable",
    });
  });
});

test("success reported for half an archive is an error, and nothing is published", async () => {
  const folder = await temporaryFolder();
  const receiver = await fileReceiver(join(folder, "app.tar"), "app.tar");
  await expect(receiver.publish()).rejects.toMatchObject({ code: "exporters/incomplete" });
  if (receiver.sink.kind !== "stream") throw new Error("not a stream");
  (await receiver.sink.open(new Map())).write("half");
  await expect(receiver.publish()).rejects.toMatchObject({ code: "exporters/incomplete" });
  await receiver.discard();
  expect(await readdir(folder)).toEqual([]);
});

test("a folder that took the place meanwhile is told", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "app.tar");
  const receiver = await fileReceiver(path, "app.tar");
  await send(receiver, "x");
  await mkdir(path);
  await expect(receiver.publish()).rejects.toMatchObject({ code: "exporters/destination-is-folder" });
  await receiver.discard();
  expect(await readTree(folder)).toEqual({ "app.tar": {} });
});

test("a stream that its writer breaks is not the file system's trouble", async () => {
  const receiver = await fileReceiver(join(await temporaryFolder(), "app.tar"), "app.tar");
  if (receiver.sink.kind !== "stream") throw new Error("a file is received as a stream");
  const stream = await receiver.sink.open(new Map());
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.destroy(Object.assign(new Error("the daemon gave the call up"), { code: "CANCELLED" }));
  await closed;
  expect(receiver.trouble()).toBeUndefined();
  await receiver.discard();
});
