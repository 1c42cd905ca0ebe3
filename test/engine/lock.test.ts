import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { platform } from "node:process";
import { describe, expect, test } from "vitest";
import { hold, tryHold, withLock } from "./lock.ts";
import { createTempFolder } from "./temp-folder.ts";

describe.runIf(platform === "linux")("a lock on a file", () => {
  test("an exclusive lock admits one holder at a time", async () => {
    await using folder = await createTempFolder();
    const file = join(folder.path, "lock");
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3, 4].map(() => withLock(file, work)));
    expect(most).toBe(1);
  });

  test("shared holders keep an exclusive one out until the last has released", async () => {
    await using folder = await createTempFolder();
    const file = join(folder.path, "lock");
    const first = await hold(file, "shared");
    const second = await hold(file, "shared");
    await first.release();
    expect(await tryHold(file, "exclusive")).toBeUndefined();
    await second.release();
    const alone = await tryHold(file, "exclusive");
    expect(alone).toBeDefined();
    await alone?.release();
  });

  test("a holder that is killed leaves the lock free", async () => {
    await using folder = await createTempFolder();
    const file = join(folder.path, "lock");
    const holder = spawn("flock", ["--exclusive", file, "sh", "-c", "echo held; exec cat"]);
    await once(holder.stdout, "data");
    expect(await tryHold(file, "exclusive")).toBeUndefined();
    holder.stdin.destroy();
    await once(holder, "exit");
    const alone = await tryHold(file, "exclusive");
    expect(alone).toBeDefined();
    await alone?.release();
  });
});
