import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openArchiveFile } from "../../../src/engine/copy/open-archive.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { openContextTree } from "../../../src/engine/tree/context-tree.ts";
import { inlineContent } from "../../../src/engine/tree/entry.ts";
import { fixtureFolder } from "../../parity/case.ts";
import { signal } from "./request.ts";

const work = mkdtempSync(join(tmpdir(), "open-archive-"));
const store = await openStore(join(work, "store"));
afterAll(async () => {
  await store.close();
  rmSync(work, { recursive: true, force: true });
});
const open = openArchiveFile(store, signal);
const fixtures = openContextTree(fixtureFolder);

async function openFixture(name: string) {
  const entry = fixtures.lstat(name);
  return entry?.type === "file" ? open(entry.content) : undefined;
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("an archive is told by what it holds", () => {
  test.each([
    ["a.tar", undefined],
    ["a.tgz", undefined],
    ["a.tzst", undefined],
    ["a.tbz", "bzip2"],
    ["a.txz", "xz"],
  ])("%s", async (name, program) => {
    if (program !== undefined && !isThere(program)) {
      await expect(openFixture(name)).rejects.toMatchObject({ code: "engine/no-decompressor" });
      return;
    }
    const entries = (await openFixture(name)) ?? [];
    expect(entries.map(({ path, type, uid }) => `${type} ${path} ${uid}`)).toEqual([
      "folder dir 7",
      "file dir/f 7",
      "symlink l 7",
      "file nodir/g 7",
      "hardlink h 7",
    ]);
    const [, member] = entries;
    if (member?.type !== "file" || member.content.kind !== "range") throw new Error("no range of a file");
    const { file, offset, size } = member.content;
    expect(
      readFileSync(file)
        .subarray(offset, offset + size)
        .toString(),
    ).toBe("F");
  });

  test.each(["a.zip", "file.txt.gz", "file.txt", "noext"])("%s is none, or one that is not unpacked", async (name) => {
    const entries = await openFixture(name);
    expect(entries).toBeUndefined();
  });

  test.each([
    ["nothing", ""],
    ["what begins as gzip does and is none", "\u001f\u008b\u0008 but no more"],
    ["what begins as bzip2 does and is none", "BZh is a text"],
    ["an archive without entries", "\0".repeat(10_240)],
    ["zeros, compressed", gzipSync(Buffer.alloc(2048)).toString("latin1")],
  ])("%s is no archive", async (_, text) => {
    expect(await open(inlineContent(Buffer.from(text, "latin1")))).toBeUndefined();
  });
});

describe("a damaged archive", () => {
  const tar = readFileSync(join(fixtureFolder, "a.tar"));

  test.each([
    ["cut", tar.subarray(0, 1100)],
    ["cut and compressed", gzipSync(tar.subarray(0, 1100))],
    ["compressed and cut", gzipSync(Buffer.concat([tar.subarray(0, 512), randomMember()])).subarray(0, 2000)],
  ])("that is %s fails, and leaves nothing", async (_, bytes) => {
    const before = readdirSync(await store.temporaryFolder());
    await expect(open(inlineContent(bytes))).rejects.toMatchObject({
      code: expect.stringMatching(/^build\/bad-(archive|compression)$/),
      hint: expect.stringMatching(/./),
    });
    expect(readdirSync(await store.temporaryFolder())).toEqual(before);
  });
});

/** Content that no compression makes small, deterministic. */
function randomMember(): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: 8192 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  );
}

test("what could change is copied before it is read", async () => {
  const path = join(work, "mine.tar");
  writeFileSync(path, readFileSync(join(fixtureFolder, "a.tar")));
  const entry = openContextTree(work).lstat("mine.tar");
  const entries = entry?.type === "file" ? await open(entry.content) : undefined;
  writeFileSync(path, "something else");
  const member = entries?.find((each) => each.path === "dir/f");
  if (member?.type !== "file" || member.content.kind !== "range") throw new Error("no range of a file");
  const { file, offset, size } = member.content;
  expect(file).not.toBe(path);
  expect(
    readFileSync(file)
      .subarray(offset, offset + size)
      .toString(),
  ).toBe("F");
});

test("a signal that is aborted ends it with its reason", async () => {
  const reason = new Error("enough");
  const content = inlineContent(readFileSync(join(fixtureFolder, "a.tgz")));
  await expect(openArchiveFile(store, AbortSignal.abort(reason))(content)).rejects.toBe(reason);
});
