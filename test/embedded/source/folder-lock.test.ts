import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withLock } from "../../../src/engine/source/git/folder-lock.ts";
import { processIdentity } from "../../../src/engine/store/process-identity.ts";
import { testFolder } from "./source-setting.ts";

const signal = new AbortController().signal;

describe("a lock", () => {
  test("lets one in at a time, and leaves nothing behind", async () => {
    const folder = await testFolder();
    let inside = 0;
    let most = 0;
    const visit = (): Promise<void> =>
      withLock(join(folder, "x.lock"), signal, async () => {
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
    await expect(withLock(file, signal, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(file, signal, async () => "in")).toBe("in");
  });

  test("of a process that has ended is taken from it, by one of several", async () => {
    const folder = await testFolder();
    const file = join(folder, "x.lock");
    // The same process identifier, begun at another time.
    await writeFile(file, processIdentity().replace(/^(\d+)-\d+-/, "$1-1-"));
    let inside = 0;
    await Promise.all(
      Array.from({ length: 4 }, () =>
        withLock(file, signal, async () => {
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
    await withLock(file, signal, async () => {
      const waiting = withLock(file, controller.signal, async () => "never");
      controller.abort(new Error("stop"));
      await expect(waiting).rejects.toThrow("stop");
    });
  });
});
