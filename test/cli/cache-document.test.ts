/** docs/cache.md: its commands run, and it tells of all there is. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { UsageType } from "../../src/api/cache.ts";
import { openStore } from "../../src/engine/store/open-store.ts";
import { runCommand } from "./run-command.ts";

const text = readFileSync(fileURLToPath(new URL("../../docs/cache.md", import.meta.url)), "utf8");
const commands = [...text.matchAll(/^\$ tsbake ([^#\n]+)/gm)].map(([, words = ""]) => words.trim());

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbake-doc-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("there are commands to run", () => {
  expect(commands.length).toBeGreaterThan(4);
});

test.each(commands)("tsbake %s does something", async (command) => {
  const { code, stderr } = await runCommand(command.split(/\s+/), {
    folder,
    environment: { TSBAKE_CACHE_DIR: folder },
  });
  // At a terminal it would ask.
  if (command === "prune") expect([code, stderr]).toEqual([2, expect.stringContaining("add --force")]);
  else expect([code, stderr]).toEqual([0, ""]);
});

test("every type of content is explained", () => {
  const types: Readonly<Record<UsageType, true>> = {
    regular: true,
    "exec.cachemount": true,
    "source.git.checkout": true,
    "source.local": true,
    internal: true,
  };
  expect([...text.matchAll(/^\| `([a-z.]+)` \|/gm)].map(([, type]) => type).sort()).toEqual(Object.keys(types).sort());
});

test("the folders are those that a store has", async () => {
  const store = await openStore(folder);
  await store.blobs.put(Buffer.from("x"));
  const made = [...readdirSync(folder), ...readdirSync(join(folder, "v1")).map((name) => `v1/${name}`)];
  for (const path of made.filter((name) => name !== "v1")) expect(text).toContain(`\n${path}`);
  expect(made.length).toBe(6);
  await store.close();
});
