import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandFailed } from "../../../src/engine/run/request.ts";
import {
  findTestProgram,
  linkEntry,
  openWorkbench,
  packLayer,
  plainRequest,
  reasonToSkip,
  type Workbench,
} from "./workbench.ts";

function readNames(folder: string): readonly string[] {
  return statSync(folder).isDirectory() ? readdirSync(folder) : [];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`commands are not tested: ${reason}`);

const runc = findTestProgram("runc", "runc/root/usr/sbin/runc");
const crun = findTestProgram("crun", "crun/root/usr/bin/crun.run", "crun/root/usr/bin/crun");

const ways = [
  { name: "namespaces", program: "/" },
  { name: "runc", program: runc },
  { name: "crun", program: crun },
];

for (const { name, program } of ways) {
  if (reason === undefined && program === undefined)
    console.warn(`commands are not tested with ${name}: it is not here`);
  describe.skipIf(reason !== undefined || program === undefined)(`a command run by ${name}`, () => {
    let bench: Workbench;
    let programs: string;

    beforeAll(async () => {
      programs = mkdtempSync(join(tmpdir(), "tsbake-programs-"));
      if (program !== undefined) symlinkSync(program, join(programs, name));
      bench = await openWorkbench({ variables: { TSBAKE_SANDBOX: name, PATH: `${programs}:${process.env.PATH}` } });
    });
    afterAll(async () => {
      await bench.close();
      rmSync(programs, { recursive: true });
    });

    test("makes an empty layer when it changes nothing", async () => {
      const { layer } = await bench.run("true");
      expect(layer.diffId).toBe("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
    });

    test("has the environment of the image, PATH and the home of its user", async () => {
      const { stdout } = await bench.run("env", { environment: ["A=b", "UID=7", "x.y=z", "T=it's\n2"], user: "app" });
      const lines = stdout.split("\n");
      expect(lines).toEqual(expect.arrayContaining(["A=b", "UID=7", "T=it's", "2", "HOME=/home/app"]));
      expect(lines).toContain("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
      expect(stdout).not.toMatch(/^(LC_ALL|LIBMOUNT)/m);
    });

    test("passes variables that loaders obey on to the image alone", async () => {
      const { stdout, stderr } = await bench.run("echo $LD_PRELOAD", { environment: ["LD_PRELOAD=/lib/x.so"] });
      expect([stdout, stderr]).toEqual(["/lib/x.so\n", ""]);
    });

    test.each([
      ["", "uid=0(root) gid=0(root) groups=0(root)"],
      ["app", "uid=1000(app) gid=1001(appg) groups=50(staff),1001(appg)"],
      ["1000", "uid=1000(app) gid=1001(appg) groups=50(staff),1001(appg)"],
      ["app:staff", "uid=1000(app) gid=50(staff) groups=50(staff)"],
      ["7:8", "uid=7 gid=8 groups=8"],
    ])("runs as the user %j as BuildKit has it", async (user, expected) => {
      expect((await bench.run("id", { user })).stdout).toBe(`${expected}\n`);
    });

    test("is the first process, has Docker's capabilities and no way to write to the kernel", async () => {
      const { stdout } = await bench.run(
        "echo $$; hostname; umask; grep -E 'CapEff|CapBnd|NoNew' /proc/self/status; touch /sys/x 2>&1; echo x 2>&1 >/proc/sys/kernel/hostname; cat | wc -c",
      );
      expect(stdout.split("\n")).toEqual([
        "1",
        "buildkitsandbox",
        "0022",
        "CapEff:\t00000000a80425fb",
        "CapBnd:\t00000000a80425fb",
        "NoNewPrivs:\t0",
        "touch: /sys/x: Read-only file system",
        "/bin/sh: can't create /proc/sys/kernel/hostname: Read-only file system",
        "0",
        "",
      ]);
    });

    test("may not make the system calls that Docker refuses, and no others are refused", async () => {
      const { stdout } = await bench.run(
        "grep -i seccomp /proc/self/status; unshare -U true 2>&1; unshare -n true 2>&1; mount -t tmpfs x /tmp 2>&1; chroot / true && su -s /bin/id app",
      );
      expect(stdout.split("\n")).toEqual([
        "Seccomp:\t2",
        "Seccomp_filters:\t1",
        "unshare: unshare(0x10000000): Operation not permitted",
        "unshare: unshare(0x40000000): Operation not permitted",
        "mount: permission denied (are you root?)",
        "uid=1000(app) gid=1001(appg) groups=50(staff),1001(appg)",
        "",
      ]);
    });

    test("has only its three descriptors, and may open its output again", async () => {
      const list = "for f in /proc/1/fd/*; do readlink $f | grep -v -e ^pipe: -e work- -e ^/dev/null; done";
      const { stdout, stderr } = await bench.run(`${list}; echo out >/dev/stdout; echo err >/dev/stderr`, {
        user: "app",
      });
      expect([stdout, stderr]).toEqual(["out\n", "err\n"]);
    });

    test("finds the usual devices", async () => {
      const { stdout } = await bench.run("ls /dev; head -c 3 /dev/zero | wc -c; echo x >/dev/null; echo y >/dev/shm/y");
      expect(stdout.split("\n").filter((line) => line !== "core" && line !== "console")).toEqual(
        "fd full mqueue null otel-grpc.sock ptmx pts random shm stderr stdin stdout tty urandom zero 3"
          .split(" ")
          .concat(""),
      );
    });

    test("knows itself and further hosts by name", async () => {
      const { stdout, entries } = await bench
        .run("cat /etc/hosts; rm -f /etc/hosts", { extraHosts: [["db", "10.0.0.1"]] })
        .catch((error) => ({ ...error, entries: [] }));
      expect(stdout).toBe(
        "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\tdb\n",
      );
      expect(entries).toEqual([]);
    });

    test("has no network but itself when it is to have none", async () => {
      const { stdout } = await bench.run("ip addr | grep -c inet; ip link | grep -c ': '", { network: "none" });
      expect(stdout.trim().split("\n")).toHaveLength(2);
      expect(Number(stdout.split("\n")[0])).toBeGreaterThan(0);
      expect(stdout.split("\n")[1]).toBe("1");
    });

    test("fails with its exit status, and with that of shells when it is not there", async () => {
      const failure = await bench.run("echo bad >&2; exit 3").catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CommandFailed);
      expect(failure).toMatchObject({
        exitCode: 3,
        message: 'process "/bin/sh -c echo bad >&2; exit 3" did not complete successfully: exit code: 3',
        stderr: "bad\n",
      });
      for (const [command, exitCode] of [
        ["sh -c 'kill -9 $$'; exit $?", 137],
        ["sh -c 'kill -TERM $$'; exit $?", 143],
        ["/bin", 126],
        ["nope", 127],
      ] as const) {
        expect(await bench.run(command).catch((error: unknown) => error)).toMatchObject({ exitCode });
      }
      for (const [words, exitCode, stderr] of [
        [["/nope"], 127, 'exec: "/nope": stat /nope: no such file or directory\n'],
        [["nope", "x"], 127, 'exec: "nope": executable file not found in $PATH\n'],
        [["/etc/passwd"], 126, 'exec: "/etc/passwd": permission denied\n'],
      ] as const) {
        expect(await bench.run("", { arguments: words }).catch((error: unknown) => error)).toMatchObject({
          exitCode,
          stderr,
        });
      }
    });

    test("fails with 137 when somebody kills it, as the kernel does without memory", async () => {
      const seconds = 400_000 + process.pid;
      const run = bench.run(`exec sleep ${seconds}`).catch((error: unknown) => error);
      for (let found = false; !found; await delay(20)) {
        for (const pid of readdirSync("/proc").filter((each) => /^[0-9]+$/.test(each))) {
          if (commandLine(pid) !== `sleep\0${seconds}\0`) continue;
          process.kill(Number(pid), "SIGKILL");
          found = true;
        }
      }
      expect(await run).toMatchObject({ exitCode: 137 });
    });

    test("starts in its folder, which is made when it is missing", async () => {
      const { stdout, entries } = await bench.run("pwd", { workingFolder: "/a/b" });
      expect(stdout).toBe("/a/b\n");
      expect(entries).toEqual(["folder 755 0:0 a", "folder 755 0:0 a/b"]);
    });

    test("may do everything root may when it is insecure", async () => {
      const { stdout } = await bench.run("grep CapEff /proc/self/status; mount -t tmpfs x /tmp && echo mounted", {
        security: "insecure",
      });
      expect(stdout).toMatch(/^CapEff:\t00000[01][3f]f[0-9a-f]{8}\nmounted\n$/);
    });

    test("runs beside others", async () => {
      const all = await Promise.all([1, 2, 3, 4].map((each) => bench.run(`echo ${each} >/f; cat /f`)));
      expect(all.map(({ stdout }) => stdout)).toEqual(["1\n", "2\n", "3\n", "4\n"]);
    });

    test("fails when it makes a file of which the name is no text", async () => {
      await expect(bench.run("touch /x$(printf '\\377')")).rejects.toThrow("no valid UTF-8");
    });

    test("says which user the image does not know", async () => {
      await expect(bench.run("true", { user: "nobody" })).rejects.toThrow(
        "unable to find user nobody: no matching entries in /etc/passwd",
      );
    });

    test("is given limits", async () => {
      const { stdout } = await bench.run("ulimit -n; ulimit -Hn; df -k /dev/shm | tail -1", {
        ulimits: [{ name: "nofile", soft: 100, hard: 200 }],
        shmSize: 1024 * 1024,
      });
      expect(stdout).toMatch(/^100\n200\nshm +1024 /);
    });

    test("leaves nothing: no mounts, processes, files of work", async () => {
      await bench.run("sleep 1000 & echo x");
      expect(readFileSync("/proc/mounts", "latin1")).not.toContain(bench.folder);
      const processes = join(bench.folder, readdirSync(bench.folder).includes("v1") ? "v1" : "", "processes");
      const own = readdirSync(processes).map((each) => readdirSync(join(processes, each)));
      expect(own.flat().filter((each) => each.startsWith("work-"))).toEqual([expect.stringMatching("work-")]);
    });

    test("ends at once when it is called off, if it listens to nobody", async () => {
      const controller = new AbortController();
      const started = Date.now();
      const run = bench.run("sleep 1000", { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("called off")), 300);
      await expect(run).rejects.toThrow("called off");
      expect(Date.now() - started).toBeLessThan(5000);
      const cgroups = existsSync("/sys/fs/cgroup") ? readdirSync("/sys/fs/cgroup") : [];
      const left = cgroups.filter((each) =>
        readNames(join("/sys/fs/cgroup", each)).some((name) => name.startsWith(`tsbake-${process.pid}-`)),
      );
      expect([left, cgroups.filter((each) => each.startsWith(`tsbake-${process.pid}-`))]).toEqual([[], []]);
    });

    test("is asked to end first, if it listens", async () => {
      const controller = new AbortController();
      const told: string[] = [];
      const run = bench.sandbox.run(
        {
          ...plainRequest,
          layers: [bench.base],
          arguments: ["/bin/sh", "-c", "trap 'echo ending; exit 0' TERM; echo on; while :; do sleep 0.05; done"],
        },
        {
          signal: controller.signal,
          onOutput: (_, data) => {
            told.push(Buffer.from(data).toString());
            if (told.join("").includes("on\n")) controller.abort(new Error("called off"));
          },
        },
      );
      await expect(run).rejects.toThrow("called off");
      expect(told.join("")).toContain("ending");
    });

    test("prints 100 MB without memory growing", async () => {
      let bytes = 0;
      const before = process.memoryUsage().rss;
      await bench.sandbox.run(
        {
          ...plainRequest,
          layers: [bench.base],
          arguments: ["/bin/sh", "-c", "head -c 100000000 /dev/zero"],
        },
        {
          signal: new AbortController().signal,
          onOutput: (_, data) => {
            bytes += data.length;
          },
        },
      );
      expect(bytes).toBe(100_000_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
    });

    test("has as many mounts as it asks for", async () => {
      const caches = Array.from({ length: 80 }, (_, index) => ({ target: `/a/b${index}`, id: `many-${index}` }));
      const { stdout, entries } = await bench.run("ls /a | wc -l; grep -c ' /a/b' /proc/mounts", {
        mounts: caches.map(({ target, id }) => ({
          ...{ type: "cache", target, id, sharing: "shared", readOnly: false },
          ...{ mode: 0o755, uid: 0, gid: 0 },
        })),
      });
      expect([stdout, entries]).toEqual(["80\n80\n", []]);
    });

    test("follows links of the image to where mounts go, and never out of it", async () => {
      const link = await packLayer(bench.layers, [linkEntry("run", "../../../../../tmp/x")]);
      const { stdout, entries } = await bench.run("cat /tmp/x/s; ls -l /run", {
        layers: [bench.base, link],
        mounts: [{ type: "secret", target: "/run/s", mode: 0o400, uid: 0, gid: 0, value: Buffer.from("v") }],
      });
      expect(stdout).toMatch(/^v/);
      expect(entries).toEqual([]);
    });
  });
}
