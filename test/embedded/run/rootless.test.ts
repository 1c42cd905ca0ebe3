import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quoted } from "../../../src/engine/run/cell/shell-words.ts";
import { bundleProgram } from "./bundle.ts";
import { findBusybox, findTestProgram, reasonToSkip } from "./workbench.ts";

const newuidmap = findTestProgram("newuidmap", "uidmap/root/usr/bin/newuidmap");
const reason = reasonToSkip() ?? (newuidmap === undefined ? "needs newuidmap (package uidmap)" : undefined);
if (reason !== undefined) console.warn(`commands of ordinary users are not tested: ${reason}`);

interface Ended {
  readonly exitCode: number | null;
  readonly events: readonly unknown[];
  readonly stderr: string;
}

describe.skipIf(reason !== undefined)("an ordinary user", () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tsbake-rootless-"));
    chmodSync(folder, 0o755);
    program = await bundleProgram("program.ts", join(folder, "program"));
    mkdirSync(join(folder, "bin"));
    copyFileSync(findBusybox() ?? "", join(folder, "bin/busybox"));
    for (const name of ["newuidmap", "newgidmap"]) {
      copyFileSync(join(dirname(newuidmap ?? ""), name), join(folder, "bin", name));
      chmodSync(join(folder, "bin", name), 0o4755);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const uid = 12_345;

  /** As a user of an /etc that only this process sees, with these lines in /etc/subuid and /etc/subgid. */
  async function runAsUser(ranges: string, commands: readonly string[]): Promise<Ended> {
    const home = mkdtempSync(join(folder, "home-"));
    chmodSync(home, 0o777);
    const etc = mkdtempSync(join(folder, "etc-"));
    chmodSync(etc, 0o755);
    writeFileSync(
      join(etc, "passwd"),
      `${readFileSync("/etc/passwd", "utf8")}tester:x:${uid}:${uid}::${home}:/bin/sh\n`,
    );
    for (const name of ["subuid", "subgid"]) writeFileSync(join(etc, name), ranges);
    const words = [
      "setpriv",
      `--reuid=${uid}`,
      `--regid=${uid}`,
      "--clear-groups",
      "--inh-caps=-all",
      process.execPath,
      program,
    ];
    const script = [
      `mkdir ${quoted(join(etc, "all"))} && cp -a /etc/. ${quoted(join(etc, "all"))}`,
      `cp ${["passwd", "subuid", "subgid"].map((name) => quoted(join(etc, name))).join(" ")} ${quoted(join(etc, "all"))}`,
      `mount --bind ${quoted(join(etc, "all"))} /etc`,
      `cd ${quoted(home)} && exec ${[...words, ...commands].map(quoted).join(" ")}`,
    ].join(" && ");
    const variables = { PATH: `${join(folder, "bin")}:${process.env.PATH}`, HOME: home, TMPDIR: home };
    const child = spawn("unshare", ["--mount", "sh", "-c", script], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...variables, BUSYBOX: join(folder, "bin/busybox") },
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => {
      output.stdout += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      output.stderr += data.toString();
    });
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const lines = output.stdout.trim().split("\n").filter(Boolean);
    return { exitCode, events: lines.map((line): unknown => JSON.parse(line)), stderr: output.stderr };
  }

  test("runs commands as many users, with layers as root has them", async () => {
    const { events, exitCode } = await runAsUser("tester:100000:65536\n", [
      "id -u; cat /proc/self/uid_map | wc -l; grep Seccomp: /proc/self/status; mkdir -p /d/e; echo a >/d/a; chown 1000:1001 /d/a",
      "rm -r /d; mkdir /d; echo c >/d/c; mkfifo /p",
      "ls -A /d; touch /dev/null; echo x >/dev/null; df /dev/shm >/dev/null",
    ]);
    expect(events[0]).toMatchObject({ kind: "ready", place: "namespace" });
    expect(events.slice(1)).toMatchObject([
      { stdout: "0\n2\nSeccomp:\t2\n", entries: ["folder 755 0:0 d", "file 644 1000:1001 d/a", "folder 755 0:0 d/e"] },
      {
        entries: ["folder 755 0:0 d", "whiteout 0 0:0 d/a", "file 644 0:0 d/c", "whiteout 0 0:0 d/e", "fifo 644 0:0 p"],
      },
      { stdout: "c\n", entries: [] },
    ]);
    expect(exitCode).toBe(0);
  });

  test("runs commands as one user only without ranges of users, and is told so", async () => {
    const { events, stderr } = await runAsUser("", ["id -u; echo a >/a; rm /bin/ls", "test ! -e /bin/ls && cat /a"]);
    expect(stderr).toContain("/etc/subuid");
    expect(events).toContainEqual(expect.objectContaining({ kind: "warning" }));
    expect(events.filter((event) => JSON.stringify(event).includes('"layer"'))).toMatchObject([
      { stdout: "0\n", entries: ["file 644 0:0 a", "folder 755 0:0 bin", "whiteout 0 0:0 bin/ls"] },
      { stdout: "a\n", entries: [] },
    ]);
  });

  test("gets the exit status of what ran inside", async () => {
    expect((await runAsUser("tester:100000:65536\n", ["exit 4"])).exitCode).toBe(1);
  });
});
