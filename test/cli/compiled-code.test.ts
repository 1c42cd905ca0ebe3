import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tsbake } from "../e2e/program.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-code-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const version = (cache: string) =>
  tsbake(["--version"], { env: { TSBAKE_CACHE_DIR: cache, NODE_DISABLE_COMPILE_CACHE: "1" } });

/** Newer Nodes keep compiled code by themselves. */
const keptByUs = !("enableCompileCache" in nodeModule);

test.runIf(keptByUs)("compiled code is kept, and damaged code is not used", async () => {
  const first = await version(folder);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const [release = ""] = await readdir(join(folder, "code"));
  const kept = await readdir(join(folder, "code", release));
  expect(kept.some((name) => name.startsWith("program.cjs-"))).toBe(true);
  expect(await version(folder)).toEqual(first);
  for (const name of kept) await writeFile(join(folder, "code", release, name), "no code at all");
  expect(await version(folder)).toEqual(first);
});

test.each(["/proc/nowhere/at/all", "/dev/null/x"])(
  "a cache folder that cannot be made (%s) is no trouble",
  async (cache) => {
    expect(await version(cache)).toMatchObject({ code: 0, stderr: "" });
  },
);
