import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type LocalStores, openLocalStores } from "../../../src/buildkit/target/local-stores.ts";
import { lockName } from "../../../src/execute/staging-name.ts";
import { targetOf } from "../solve-request.ts";

const manifest = JSON.stringify({ mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 });
const response = new Map([["cache.manifest", manifest]]);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-stores-"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Of a target with a cache in each of the folders. */
function storesOf(...dests: readonly string[]): Promise<LocalStores> {
  const cacheTo = dests.map((dest) => ({ type: "local", attributes: new Map([["dest", dest]]) }));
  return openLocalStores(targetOf({ cacheTo }), folder);
}

/** Somebody on another machine is at work in the folder. */
async function lock(cache: string): Promise<string> {
  const file = join(folder, cache, lockName("index.json"));
  await symlink("1-1-abcdefabcdef-1", file);
  return file;
}

/** Each look at it is so many milliseconds later. */
function hasten(milliseconds: number): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += milliseconds;
    return now;
  });
}

test("a cache that another process does not let go of is warned of, and the others are listed", async () => {
  const { publish } = await storesOf("a", "b");
  const told: string[] = [];
  const publishing = { signal: new AbortController().signal, warn: (text: string) => void told.push(text) };
  await publish(response, publishing);
  await rm(join(folder, "b", "index.json"));
  const file = await lock("a");
  hasten(20_000);
  await publish(response, publishing);
  const owner = "process 1 of another machine or container";
  expect(told).toEqual([
    `waiting for ${owner}, which is writing the cache "${join(folder, "a")}" as well`,
    `the cache "${join(folder, "a")}" does not list this build as "latest": ${owner} does not give up ${file}`,
  ]);
  expect(JSON.parse(await readFile(join(folder, "b", "index.json"), "utf8")).manifests).toHaveLength(1);
});

test("nobody is waited for any more once the build is interrupted", async () => {
  const { publish } = await storesOf("a");
  await publish(response, { signal: new AbortController().signal, warn: () => {} });
  await lock("a");
  const controller = new AbortController();
  const reason = new Error("interrupted");
  const told: string[] = [];
  const publishing = publish(response, { signal: controller.signal, warn: (text) => void told.push(text) });
  setTimeout(() => controller.abort(reason), 30);
  await expect(publishing).rejects.toBe(reason);
  expect(told).toEqual([]);
  expect(await readdir(join(folder, "a"))).toContain(lockName("index.json"));
});

test("a cache that cannot be listed for another reason fails the build", async () => {
  const { publish } = await storesOf("a");
  const broken = publish(new Map([["cache.manifest", "[]"]]), {
    signal: new AbortController().signal,
    warn: () => {},
  });
  await expect(broken).rejects.toMatchObject({ code: "build/layout-unwritable" });
});
