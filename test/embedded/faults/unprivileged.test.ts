/** The whole program as somebody without any privilege, and without Docker. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { findBusybox, findTestProgram, reasonToSkip } from "../run/workbench.ts";
import { addBase, onBase, openScene, type Scene, type StartOptions } from "./scene.ts";
import { asThem, openTheirs, type Theirs, uid } from "./theirs.ts";

const isRootOnLinux = process.platform === "linux" && process.geteuid?.() === 0;
/** What they have left where everybody may write, but for the scene. */
function strewn(scene: Scene): readonly string[] {
  const places = ["/tmp", "/var/tmp", "/dev/shm", "/run", tmpdir()].filter((place) => existsSync(place));
  const script = 'user=$1 but=$2; shift 2; find "$@" -user "$user" -not -path "$but*" 2>/dev/null || true';
  const found = execFileSync("sh", ["-c", script, "sh", `${uid}`, scene.folder, ...places]);
  return found
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

test.skipIf(!isRootOnLinux)(
  "copies are built, and nothing is written but the cache and the output",
  { timeout: 60_000 },
  async () => {
    using theirs = openTheirs();
    const { scene, give, options } = theirs;
    scene.write({
      Dockerfile:
        "FROM scratch AS a\nCOPY a.txt /x/\nFROM a\nCOPY --from=a --chown=5:6 /x /y\nWORKDIR /w\nADD b.tar /b/\n",
      "a.txt": "A\n",
    });
    execFileSync("tar", ["-cf", join(scene.folder, "context/b.tar"), "-C", join(scene.folder, "context"), "a.txt"]);
    give();
    const types = ["oci", "docker", "tar"];
    const outputs = [
      ...types.map((type) => `type=${type},dest=${join(scene.folder, "out", type)}.tar`),
      `type=local,dest=${join(scene.folder, "out/tree")}`,
    ];
    const built = await scene.build(
      outputs.flatMap((each) => ["--output", each]),
      options,
    );
    expect(built.code, built.said).toBe(0);
    expect(readFileSync(join(scene.folder, "out/tree/b/a.txt"), "utf8")).toBe("A\n");
    expect(strewn(scene)).toEqual([]);
    expect(readdirSync(join(scene.folder, "home"))).toEqual([]);
    expect(readdirSync(join(scene.folder, "out")).sort()).toEqual(["docker.tar", "oci.tar", "tar.tar", "tree"]);
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);

    using roots = openScene();
    const oci = join(roots.folder, "oci.tar");
    const again = await roots.build(["--output", `type=oci,dest=${oci}`], { cwd: join(scene.folder, "context") });
    expect(again.code, again.said).toBe(0);
    expect(roots.imageDigest(oci)).toBe(scene.imageDigest(join(scene.folder, "out/oci.tar")));
  },
);

test.skipIf(!isRootOnLinux)("a cache that may not be written is refused with a way out", async () => {
  using theirs = openTheirs();
  const { scene, options } = theirs;
  scene.write({ Dockerfile: "FROM scratch\nCOPY a.txt /\n", "a.txt": "A\n" });
  const { code, said } = await scene.build([], options);
  expect(code, said).toBe(3);
  expect(said).toContain("TSBAKE_CACHE_DIR");
});

const newuidmap = findTestProgram("newuidmap", "uidmap/root/usr/bin/newuidmap");
const reason = reasonToSkip() ?? (newuidmap === undefined ? "needs newuidmap (package uidmap)" : undefined);

/** The user has these ranges of users, and the programs that give them; only the processes of the build see that. */
function withRanges({ scene, options }: Theirs, ranges: string): StartOptions {
  const bin = join(scene.folder, "bin");
  mkdirSync(bin);
  for (const name of ["newuidmap", "newgidmap"]) {
    copyFileSync(join(dirname(newuidmap ?? ""), name), join(bin, name));
    chmodSync(join(bin, name), 0o4755);
  }
  const etc = join(scene.folder, "etc");
  mkdirSync(etc);
  const account = `tester:x:${uid}:${uid}::${join(scene.folder, "home")}:/bin/sh\n`;
  writeFileSync(join(etc, "passwd"), `${readFileSync("/etc/passwd", "utf8")}${account}`);
  for (const name of ["subuid", "subgid"]) writeFileSync(join(etc, name), ranges);
  const script = 'for name in passwd subuid subgid; do mount --bind "$1/$name" "/etc/$name"; done; shift; exec "$@"';
  return {
    ...options,
    through: ["unshare", "--mount", "sh", "-c", script, "sh", etc, ...asThem],
    env: { PATH: `${bin}:${process.env.PATH}` },
  };
}

const commands =
  "RUN chown 5:6 /bin/busybox && mkdir /d && echo x >/d/x && id -u >/who\n" +
  "RUN rm /d/x && mkfifo /d/p && touch /d/y\nRUN --mount=type=cache,target=/c touch /c/x\nCOPY a.txt /\n";

describe.skipIf(reason !== undefined)(`commands of somebody without privilege${reason ? ` (${reason})` : ""}`, () => {
  test("make the image that root's make, and leave nothing", { timeout: 60_000 }, async () => {
    using theirs = openTheirs();
    const { scene, give } = theirs;
    addBase(scene, findBusybox() ?? "");
    scene.write({ Dockerfile: `${onBase(scene)}${commands}`, "a.txt": "A\n" });
    const options = withRanges(theirs, "tester:100000:65536\n");
    give();
    const { code, said } = await scene.build([], options);
    expect(code, said).toBe(0);
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
    expect(strewn(scene)).toEqual([]);
    const digest = scene.imageDigest();

    using fresh = openScene();
    const roots = await scene.build([], { env: { TSBAKE_CACHE_DIR: join(fresh.folder, "cache") } });
    expect(roots.code, roots.said).toBe(0);
    expect(scene.imageDigest()).toBe(digest);
  });

  test("leave nothing when they are killed, and the next build is right", { timeout: 60_000 }, async () => {
    using theirs = openTheirs();
    const { scene, give } = theirs;
    addBase(scene, findBusybox() ?? "");
    scene.write({ Dockerfile: `${onBase(scene)}RUN sleep 300\n` });
    const options = withRanges(theirs, "tester:100000:65536\n");
    give();
    for (let round = 0; round < 4; round++) {
      const running = scene.start(["--output", `type=oci,dest=${join(scene.folder, "out/image.tar")}`], options);
      await Promise.race([delay(150 + round * 300), running.ended]);
      running.child.kill("SIGKILL");
      await running.ended;
      expect(await scene.remains()).toEqual([]);
    }
    scene.write({ Dockerfile: `${onBase(scene)}RUN echo fine >/fine\n` });
    const { code, said } = await scene.build([], options);
    expect(code, said).toBe(0);
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
  });
});
