import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { reasonToSkip } from "./workbench.ts";

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`what is left of killed processes is not tested: ${reason}`);

describe.skipIf(reason !== undefined)("a process that runs commands", () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tsbake-killed-"));
    chmodSync(folder, 0o755);
    program = await bundleProgram("program.ts", folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Found by a number that no other process sleeps for. */
  function sleepers(seconds: number): readonly string[] {
    return readdirSync("/proc")
      .filter((name) => /^[0-9]+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`sleep\0${seconds}`);
        } catch {
          return false;
        }
      });
  }

  async function until(condition: () => boolean): Promise<void> {
    for (const end = Date.now() + 10_000; !condition() && Date.now() < end; ) await delay(20);
  }

  test("leaves no process, mount or work when it is killed at any moment, and the next one builds", async () => {
    const store = join(folder, "store");
    mkdirSync(store);
    const seconds = 100_000 + process.pid;
    for (let round = 0; round < 20; round++) {
      const child = spawn(process.execPath, [program, `echo x >/x; (sleep ${seconds} &) ; sleep ${seconds}`], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, PROGRAM_STORE: store },
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      // Early rounds hit the start, later ones the command.
      await delay(round < 10 ? 60 + Math.random() * 200 : 300 + Math.random() * 100);
      if (round === 19) await until(() => sleepers(seconds).length > 1);
      child.kill("SIGKILL");
      await ended;
    }
    await until(() => sleepers(seconds).length === 0);
    expect(sleepers(seconds)).toEqual([]);
    expect(readFileSync("/proc/mounts", "latin1")).not.toContain(store);
    const after = await runProgram([program, "cat /x 2>/dev/null; echo fine"], { PROGRAM_STORE: store });
    expect(after.events).toContainEqual(expect.objectContaining({ kind: "layer", stdout: "fine\n" }));
    expect(readdirSync(join(store, "v1/processes"))).toEqual([]);
    expect(readdirSync(join(store, "v1/snapshots")).length).toBeLessThan(3);
  }, 60_000);

  test.skipIf(reason !== undefined)("passes no layer on that it did not finish", async () => {
    const store = join(folder, "store-2");
    mkdirSync(store);
    const failed = await runProgram([program, "echo half >/half; exit 4"], { PROGRAM_STORE: store });
    expect(failed.exitCode).not.toBe(0);
    expect(readdirSync(join(store, "v1/snapshots"))).toHaveLength(1);
  });

  async function runProgram(
    words: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Promise<{ readonly exitCode: number | null; readonly events: readonly unknown[] }> {
    const child = spawn(process.execPath, words, {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, ...variables },
    });
    let text = "";
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString();
    });
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return {
      exitCode,
      events: text
        .trim()
        .split("\n")
        .filter(Boolean)
        .map((line): unknown => JSON.parse(line)),
    };
  }
});
