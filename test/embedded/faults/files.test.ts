/** Files of a context that cannot be read, never end, or change while they are read. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openScene, type Scene } from "./scene.ts";
import { tarFiles } from "./tar-files.ts";
import { openTheirs } from "./theirs.ts";

const isRoot = process.geteuid?.() === 0;
const onLinux = process.platform === "linux";
const exits = { done: 0, failed: 1, wrong: 2, environment: 3 };

async function expectClean(scene: Scene, outputs: readonly string[]): Promise<void> {
  expect(readdirSync(join(scene.folder, "out"))).toEqual(outputs);
  expect(await scene.remains()).toEqual([]);
  expect(scene.unfinished()).toEqual([]);
}

test.skipIf(!isRoot || !onLinux)(
  "a file that may not be read is named, when it is wanted; so is a folder (needs root to become somebody else)",
  { timeout: 60_000 },
  async () => {
    using theirs = openTheirs();
    const { scene, options } = theirs;
    scene.write({ "a.txt": "A\n", "dir/private.txt": "P\n", "closed/x": "x\n" });
    theirs.give();
    chmodSync(join(scene.folder, "context/dir/private.txt"), 0);
    chmodSync(join(scene.folder, "context/closed"), 0);
    const build = (lines: string) => {
      scene.write({ Dockerfile: `FROM scratch\n${lines}` });
      return scene.build([], options);
    };
    const file = await build("COPY dir /d\n");
    expect(file.code, file.said).toBe(exits.failed);
    expect(file.said).toMatch(/private\.txt/);
    expect(file.said).toMatch(/permission|may not|read/i);
    const folder = await build("COPY closed /d\n");
    expect(folder.code, folder.said).toBe(exits.failed);
    expect(folder.said).toMatch(/closed/);
    await expectClean(scene, []);
    const without = await build("COPY a.txt /d\n");
    expect(without.code, without.said).toBe(exits.done);
    scene.write({ ".dockerignore": "closed\ndir/private.txt\n" });
    const ignored = await build("COPY . /d\n");
    expect(ignored.code, ignored.said).toBe(exits.done);
    await expectClean(scene, ["image.tar"]);
  },
);

test.skipIf(!onLinux)("a pipe is copied as a pipe, and nobody waits for its writer", { timeout: 30_000 }, async () => {
  using scene = openScene();
  scene.write({ Dockerfile: "FROM scratch\nCOPY p /\nCOPY . /all/\n" });
  execFileSync("mkfifo", [join(scene.folder, "context/p")]);
  const ended = await scene.build(["--output", `type=tar,dest=${join(scene.folder, "out/tree.tar")}`], {
    timeoutMs: 20_000,
  });
  expect(ended.code, ended.said).toBe(exits.done);
  await expectClean(scene, ["tree.tar"]);
});

test.skipIf(!onLinux).each(["Dockerfile", ".dockerignore"])(
  "nobody waits for a %s that is a pipe",
  { timeout: 30_000 },
  async (name) => {
    using scene = openScene();
    scene.write({ "a.txt": "A\n", ...(name === "Dockerfile" ? {} : { Dockerfile: "FROM scratch\nCOPY . /\n" }) });
    execFileSync("mkfifo", [join(scene.folder, "context", name)]);
    const { code, said } = await scene.build([], { timeoutMs: 20_000 });
    expect([exits.failed, exits.wrong], said).toContain(code);
    expect(said).toContain(name === "Dockerfile" ? "there is no build file here" : "is not a file");
    await expectClean(scene, []);
  },
);

const sizeBytes = 24_000_000;

/** What may happen to a file while it is read. */
const changes: Readonly<Record<string, (file: string, round: number) => void>> = {
  "is written to in place": (file, round) => {
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, Buffer.alloc(4096, `${round}`), 0, 4096, (round * 977_777) % (sizeBytes - 4096));
    closeSync(descriptor);
  },
  grows: (file, round) => appendFileSync(file, `${round}`.repeat(1000)),
  shrinks: (file, round) => truncateSync(file, sizeBytes - (round % 1000) * 5000),
  "is replaced": (file, round) => {
    writeFileSync(`${file}.new`, Buffer.alloc(sizeBytes, `${round}`));
    renameSync(`${file}.new`, file);
  },
};

test.each(Object.entries(changes))(
  "a file that %s meanwhile is copied whole or not at all, and found changed the next time",
  { timeout: 120_000 },
  async (_name, change) => {
    using scene = openScene();
    scene.write({ Dockerfile: "FROM scratch\nCOPY sub /sub\n" });
    mkdirSync(join(scene.folder, "context/sub"));
    const file = join(scene.folder, "context/sub/changing");
    writeFileSync(file, Buffer.alloc(sizeBytes, "start "));
    writeFileSync(join(scene.folder, "context/sub/z"), "Z\n");
    const archive = join(scene.folder, "out/tree.tar");
    const args = ["--output", `type=tar,dest=${archive}`];
    const seen = { done: 0, failed: 0 };
    let round = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      const running = scene.start(args);
      const timer = setInterval(() => change(file, ++round), 7);
      const { code, said } = await running.ended;
      clearInterval(timer);
      if (code === exits.done) {
        seen.done++;
        const files = tarFiles(readFileSync(archive));
        expect(files.get("sub/z")?.toString()).toBe("Z\n");
        expect(files.get("sub/changing")?.length).toBeGreaterThan(0);
      } else {
        seen.failed++;
        expect(code, said).toBe(exits.failed);
        expect(said).toMatch(/changing.*(changed|while)/);
        expect(said).toMatch(/help:/);
      }
      expect(await scene.remains()).toEqual([]);
      expect(scene.unfinished()).toEqual([]);
    }
    // Quiet again: what is in the archive is what is on the disk, whatever was remembered of the file. Times that say nothing included.
    utimesSync(file, 1_600_000_000, 1_600_000_000);
    const { code, said } = await scene.build(args);
    expect(code, said).toBe(exits.done);
    const copied = tarFiles(readFileSync(archive)).get("sub/changing");
    expect(copied?.equals(readFileSync(file))).toBe(true);
    expect(seen.done + seen.failed).toBe(4);
  },
);
