import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { findTestProgram, reasonToSkip } from "./workbench.ts";

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

  test("takes turns with others at a cache that is locked, and with those that are killed", async () => {
    const store = join(folder, "store-3");
    mkdirSync(store);
    const variables = { PROGRAM_STORE: store, PROGRAM_CACHE: "counter" };
    const count = "n=$(cat /c/n 2>/dev/null || echo 0); sleep 0.1; echo $((n + 1)) >/c/n";
    const all = await Promise.all([1, 2, 3].map(() => runProgram([program, count, count, count], variables)));
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);

    const seconds = 300_000 + process.pid;
    const holder = spawn(process.execPath, [program, `sleep ${seconds}`], {
      stdio: "ignore",
      env: { ...process.env, ...variables },
    });
    await until(() => sleepers(seconds).length > 0);
    let waits = true;
    const next = runProgram([program, "cat /c/n"], variables).finally(() => {
      waits = false;
    });
    await delay(1000);
    expect(waits).toBe(true);
    holder.kill("SIGKILL");
    expect((await next).events).toContainEqual(expect.objectContaining({ stdout: "9\n" }));
  }, 60_000);

  test.each([
    ["runc", findTestProgram("runc", "runc/root/usr/sbin/runc")],
    ["crun", findTestProgram("crun", "crun/root/usr/bin/crun.run", "crun/root/usr/bin/crun")],
  ])("leaves cgroups of %s only until the next one comes", async (name, runtime) => {
    if (runtime === undefined) return console.warn(`cgroups of ${name} are not tested: it is not here`);
    const store = join(folder, `store-${name}`);
    const programs = join(folder, `programs-${name}`);
    for (const each of [store, programs]) mkdirSync(each);
    symlinkSync(runtime, join(programs, name));
    const variables = { PROGRAM_STORE: store, TSBAKE_SANDBOX: name, PATH: `${programs}:${process.env.PATH}` };
    const seconds = 200_000 + process.pid;
    const child = spawn(process.execPath, [program, `sleep ${seconds}`], {
      stdio: "ignore",
      env: { ...process.env, ...variables },
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await until(() => sleepers(seconds).length > 0);
    const own = cgroupsOf(child.pid);
    child.kill("SIGKILL");
    await ended;
    await until(() => sleepers(seconds).length === 0);
    expect(sleepers(seconds)).toEqual([]);
    const after = await runProgram([program, "echo fine"], variables);
    expect(after.events).toContainEqual(expect.objectContaining({ kind: "layer", stdout: "fine\n" }));
    if (own.length === 0) console.warn(`cgroups of ${name} are not tested: it makes none here`);
    expect(cgroupsOf(child.pid)).toEqual([]);
  });

  /** With any version of cgroups, or both. */
  function cgroupsOf(pid: number | undefined): readonly string[] {
    const top = "/sys/fs/cgroup";
    const folders = ["", ...readdirSync(top)].map((name) => join(top, name));
    return folders
      .filter((each) => statSync(each).isDirectory())
      .flatMap((each) =>
        readdirSync(each)
          .filter((name) => name.startsWith(`tsbake-${pid}-`))
          .map((name) => join(each, name)),
      );
  }

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
