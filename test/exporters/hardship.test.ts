/** Full disks, forbidden folders, killed processes: on the real file system, in processes of their own. */
import { execFileSync } from "node:child_process";
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { stagingName } from "../../src/execute/staging-name.ts";
import { fileReceiver } from "../../src/exporters/file-receiver.ts";
import { folderReceiver } from "../../src/exporters/folder-receiver.ts";
import { deliver, send } from "./receive.ts";
import { nobody, runProgram, startProgram } from "./run-program.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { readTree, writeTree } from "./tree.ts";

const isRoot = process.getuid?.() === 0;
const canMount = isRoot && process.platform === "linux" && tryToMount();

function tryToMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A file system of a megabyte; unmounted after the test. */
async function smallDisk(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  onTestFinished(() => {
    execFileSync("umount", [folder]);
  });
}

/** A temporary folder of a user who is not root. */
async function folderOfNobody(): Promise<string> {
  const folder = await temporaryFolder();
  await chmod(folder, 0o755);
  await chown(folder, nobody, nobody);
  return folder;
}

describe("a process that is killed while it receives", () => {
  test.each(["file", "folder"])(
    "a %s: what stood there stays, and the next export removes what is left",
    async (kind) => {
      const folder = await temporaryFolder();
      const path = join(folder, "out");
      const old = { out: kind === "file" ? "old" : { old: "old" } };
      await writeTree(folder, old);
      const program = await startProgram([kind, path, "20", "hang"]);
      await program.said("received");
      program.child.kill("SIGKILL");
      await program.ended;
      const { out, ...left } = await readTree(folder);
      expect({ out }).toEqual(old);
      expect(Object.keys(left)).toEqual([expect.stringMatching(/^\.out\.tsbake-/)]);

      const receiver =
        kind === "file" ? await fileReceiver(path, "out") : await folderReceiver(path, "out", { replace: false });
      expect(await readdir(folder)).toEqual(["out"]);
      await receiver.discard();
    },
  );

  test("at any moment, also while publishing: a file is the old one or the new one", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "out.bin");
    await writeFile(path, "old");
    const whole = 8 << 20;
    for (let delayMs = 0; delayMs < 80; delayMs += 10) {
      const program = await startProgram(["file", path, "8", "publish"]);
      await program.said("received");
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      program.child.kill("SIGKILL");
      await program.ended;
      const content = await readFile(path);
      expect([3, whole]).toContain(content.length);
      if (content.length === whole) await writeFile(path, "old");
    }
  });
});

describe("what others staged", () => {
  test("stays while they may be alive, also when they cannot be asked", async () => {
    const folder = await temporaryFolder();
    const running = await startProgram(["file", join(folder, "running"), "1", "hang"]);
    onTestFinished(() => {
      running.child.kill("SIGKILL");
    });
    await running.said("received");
    const foreign = stagingName("foreign").replace(/-[0-9a-f]{12}-/, "-000000000000-");
    await writeTree(folder, { [foreign]: "x", ".tsbake-not-ours": "x", ".app.tsbake-config": "x" });
    const before = await readdir(folder);
    await fileReceiver(join(folder, "app"), "app");
    expect(await readdir(folder)).toEqual(before);

    const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
    await utimes(join(folder, foreign), longAgo, longAgo);
    await fileReceiver(join(folder, "app"), "app");
    expect(await readdir(folder)).toEqual(before.filter((name) => name !== foreign));
  });

  test("names hold no host name", () => {
    expect(stagingName("app.tar")).not.toContain(hostname());
  });
});

describe.runIf(isRoot)("as a user who may not", () => {
  test("a folder without write permission is refused before the build", async () => {
    const folder = await folderOfNobody();
    await writeTree(folder, { locked: {} });
    await chmod(folder, 0o555);
    expect(await runProgram(["file", join(folder, "app.tar"), "1", "publish"], nobody)).toMatch(
      /^exporters\/destination-unwritable: cannot write .*app.tar": permission denied$/,
    );
    expect(await runProgram(["folder", join(folder, "locked"), "1", "publish"], nobody)).toMatch(/permission denied$/);
    expect(await runProgram(["folder", join(folder, "new/deep"), "1", "publish"], nobody)).toMatch(
      /permission denied$/,
    );
  });

  test("a folder whose parent cannot be written is staged inside", async () => {
    const folder = await folderOfNobody();
    const path = join(folder, "out");
    await writeTree(path, { old: "o" });
    await chown(path, nobody, nobody);
    await chmod(folder, 0o555);
    expect(await runProgram(["folder", path, "2", "publish"], nobody)).toBe("published");
    expect((await readdir(path)).sort()).toEqual(["new-0", "new-1", "old"]);
  });

  test("folders that forbid writing are moved into place, and removed", async () => {
    const folder = await folderOfNobody();
    await mkdir(join(folder, "out"));
    await chown(join(folder, "out"), nobody, nobody);
    expect(await runProgram(["locked-folder", join(folder, "out"), "1", "publish"], nobody)).toBe("published");
    expect((await lstat(join(folder, "out/locked"))).mode & 0o777).toBe(0o555);
    expect(await runProgram(["locked-folder", join(folder, "out"), "1", "discard"], nobody)).toBe("discarded");
    expect(await readdir(folder)).toEqual(["out"]);

    await chmod(join(folder, "out/locked"), 0o755);
    await writeFile(join(folder, "out/locked/kept"), "k");
    expect(await runProgram(["locked-folder", join(folder, "out"), "1", "publish"], nobody)).toBe("published");
    expect(await readTree(join(folder, "out/locked"))).toEqual({ file: "locked", kept: "k" });
    expect((await lstat(join(folder, "out/locked"))).mode & 0o777).toBe(0o555);

    // Now that it is locked, nothing can be added: said before anything is moved.
    expect(await runProgram(["locked-folder", join(folder, "out"), "2", "publish"], nobody)).toMatch(
      /permission denied$/,
    );
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["locked", "new-0"]);
    expect(await readdir(folder)).toEqual(["out"]);
  });
});

describe.runIf(canMount)("file systems", () => {
  test("a full disk fails a file with a clear word, and leaves the old one and nothing staged", async () => {
    const folder = await temporaryFolder();
    const disk = join(folder, "disk");
    await smallDisk(disk);
    await writeTree(disk, { "app.tar": "old" });
    const receiver = await fileReceiver(join(disk, "app.tar"), "app.tar");
    await expect(send(receiver, Buffer.alloc(2 << 20))).rejects.toMatchObject({ code: "ENOSPC" });
    expect(receiver.trouble()).toMatchObject({ code: "exporters/disk-full" });
    await receiver.discard();
    expect(await readTree(disk)).toEqual({ "app.tar": "old" });
  });

  test("a folder that is a mount is staged inside it", async () => {
    const folder = await temporaryFolder();
    const mount = join(folder, "out");
    await smallDisk(mount);
    await writeTree(mount, { old: "o", sub: { old: "o" } });
    const receiver = await folderReceiver(mount, "out", { replace: true });
    await deliver(receiver, { sub: { fresh: "f" } });
    expect(await readdir(folder)).toEqual(["out"]);
    await receiver.publish();
    expect(await readTree(mount)).toEqual({ sub: { fresh: "f" } });
  });

  test("a mount in the way is told before anything is moved", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "out");
    await smallDisk(join(path, "zone"));
    const receiver = await folderReceiver(path, "out", { replace: false });
    await deliver(receiver, { a: "a", zone: { file: "across file systems" }, z: "z" });
    await expect(receiver.publish()).rejects.toMatchObject({
      code: "exporters/destination-unwritable",
      message: expect.stringContaining("mount"),
    });
    await receiver.discard();
    expect(await readTree(folder)).toEqual({ out: { zone: {} } });
  });

  test.each([false, true])("a move that fails brings back what had made room (mode=delete: %s)", async (replace) => {
    const folder = await temporaryFolder();
    const path = join(folder, "out");
    const old = Object.fromEntries("abcdefgh".split("").map((name) => [name, { old: "o" }]));
    await writeTree(path, old);
    await smallDisk(join(path, "zone"));
    const receiver = await folderReceiver(path, "out", { replace });
    await deliver(receiver, { ...Object.fromEntries(Object.keys(old).map((name) => [name, "new"])), zone: "a file" });
    await expect(receiver.publish()).rejects.toMatchObject({ code: "exporters/destination-unwritable" });
    await receiver.discard();
    expect(await readTree(folder)).toEqual({ out: { ...old, zone: {} } });
  });

  test("a read-only file system is told", async () => {
    const folder = await temporaryFolder();
    const disk = join(folder, "disk");
    await smallDisk(disk);
    execFileSync("mount", ["-o", "remount,ro", disk]);
    await expect(fileReceiver(join(disk, "app.tar"), "app.tar")).rejects.toMatchObject({
      code: "exporters/destination-unwritable",
      message: expect.stringContaining("read-only"),
    });
  });
});

test("a folder that vanishes meanwhile is made anew", async () => {
  const folder = await temporaryFolder();
  await writeTree(folder, { out: {} });
  const receiver = await fileReceiver(join(folder, "out/app.tar"), "app.tar");
  await rename(join(folder, "out"), join(folder, "moved"));
  await send(receiver, "x");
  await receiver.publish();
  expect(await readTree(folder)).toEqual({ moved: {}, out: { "app.tar": "x" } });
});
