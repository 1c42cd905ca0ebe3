import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { withLock } from "../../src/execute/folder-lock.ts";
import { processIdentity } from "../../src/execute/process-identity.ts";

let refusal = "EPERM";

// What FAT does; a real one takes a mount.
vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const symlink = async (_target: string, path: string): Promise<void> => {
    const exists = await real.lstat(path).then(
      () => true,
      () => false,
    );
    const code = exists ? "EEXIST" : refusal;
    throw Object.assign(new Error(`${code}: symlink`), { code });
  };
  return { ...real, symlink };
});

const signal = new AbortController().signal;
let folder: string;
let file: string;

beforeEach(async () => {
  refusal = "EPERM";
  folder = await mkdtemp(join(tmpdir(), "tsbake-lock-"));
  file = join(folder, "x.lock");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** How many of four are in at most at the same time. */
async function mostInside(): Promise<number> {
  let inside = 0;
  let most = 0;
  const visit = (): Promise<void> =>
    withLock(file, { signal }, async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    });
  await Promise.all(Array.from({ length: 4 }, visit));
  return most;
}

describe("a lock where there are no links", () => {
  test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])("lets one in at a time (%s)", async (code) => {
    refusal = code;
    expect(await mostInside()).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("says who has it", async () => {
    await withLock(file, { signal }, async () => {
      expect(await readFile(file, "utf8")).toMatch(/^\d+-\d+-[0-9a-f]+-[0-9a-f]+\n$/);
      const waiting = withLock(file, { signal, patienceMs: 20 }, async () => "never");
      await expect(waiting).rejects.toThrow(`process ${process.pid} does not give up`);
    });
  });

  test("of a process that has ended is taken from it, by one of several", async () => {
    const ended = (start: string): string => `${processIdentity().replace(/^(\d+)-\d+-/, `$1-${start}-`)}\n`;
    await writeFile(file, ended("1"));
    await writeFile(`${file}.dead`, ended("2"));
    expect(await mostInside()).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("that is being written is waited for, unless that has gone on for long", async () => {
    await writeFile(file, "");
    await expect(withLock(file, { signal, patienceMs: 30 }, async () => "in")).rejects.toThrow("does not give up");
    const before = new Date(Date.now() - 60_000);
    await utimes(file, before, before);
    expect(await withLock(file, { signal }, async () => "in")).toBe("in");
    expect(await readdir(folder)).toEqual([]);
  });

  test("refuses what is no lack of links", async () => {
    refusal = "EACCES";
    await expect(withLock(file, { signal }, async () => "in")).rejects.toMatchObject({ code: "EACCES" });
  });
});
