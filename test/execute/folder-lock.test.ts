import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { withLock } from "../../src/execute/folder-lock.ts";
import { processIdentity } from "../../src/execute/process-identity.ts";

const signal = new AbortController().signal;
const folders: string[] = [];

async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-lock-"));
  folders.push(folder);
  return folder;
}

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describe("a lock", () => {
  test("lets one in at a time, and leaves nothing behind", async () => {
    const folder = await testFolder();
    let inside = 0;
    let most = 0;
    const visit = (): Promise<void> =>
      withLock(join(folder, "x.lock"), { signal }, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
      });
    await Promise.all(Array.from({ length: 8 }, visit));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("is given up by work that fails", async () => {
    const file = join(await testFolder(), "x.lock");
    await expect(withLock(file, { signal }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(file, { signal }, async () => "in")).toBe("in");
  });

  test("of a process that has ended is taken from it, by one of several", async () => {
    const folder = await testFolder();
    const file = join(folder, "x.lock");
    // The same process identifier, begun at another time.
    await symlink(processIdentity().replace(/^(\d+)-\d+-/, "$1-1-"), file);
    // So was who had the right to give it up.
    await symlink(processIdentity().replace(/^(\d+)-\d+-/, "$1-2-"), `${file}.dead`);
    let inside = 0;
    await Promise.all(
      Array.from({ length: 4 }, () =>
        withLock(file, { signal }, async () => {
          expect(++inside).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
        }),
      ),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("that somebody holds is not waited for when the signal aborts", async () => {
    const file = join(await testFolder(), "x.lock");
    const controller = new AbortController();
    await withLock(file, { signal }, async () => {
      const waiting = withLock(file, { signal: controller.signal }, async () => "never");
      controller.abort(new Error("stop"));
      await expect(waiting).rejects.toThrow("stop");
    });
  });

  test("that somebody holds is waited for only as long as one is patient, and who has it is said", async () => {
    const file = join(await testFolder(), "x.lock");
    await withLock(file, { signal }, async () => {
      const waiting = withLock(file, { signal, patienceMs: 20 }, async () => "never");
      await expect(waiting).rejects.toThrow(`process ${process.pid} does not give up`);
    });
  });

  test("of a machine that cannot be asked is taken when nothing was heard of it for long", async () => {
    const folder = await testFolder();
    const file = join(folder, "x.lock");
    await symlink("1-1-abcdefabcdef-1", file);
    const waiting = withLock(file, { signal, patienceMs: 50 }, async () => "never");
    await expect(waiting).rejects.toThrow("process 1 of another machine");
    expect(await withLock(file, { signal, mostSilentMs: 10 }, async () => "in")).toBe("in");
    expect(await readdir(folder)).toEqual([]);
  });
});
