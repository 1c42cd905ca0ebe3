import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTokenSeeds } from "../../src/registry/token-seeds.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tsbake-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a seed lasts, one for each registry, in a file for its owner alone", async () => {
  const path = join(folder(), "docker");
  const seeds = createTokenSeeds(path);
  const [a, b, again] = await Promise.all([seeds.seed("a"), seeds.seed("b"), seeds.seed("a")]);
  expect(a.length).toBe(16);
  expect(again).toEqual(a);
  expect(b).not.toEqual(a);
  expect(Buffer.from(await createTokenSeeds(path).seed("a"))).toEqual(Buffer.from(a));
  expect(statSync(join(path, ".token_seed")).mode & 0o777).toBe(0o600);
  expect(readdirSync(path)).toEqual([".token_seed"]);
});

test("seeds others wrote are used and kept", async () => {
  const path = folder();
  writeFileSync(join(path, ".token_seed"), '{"old":{"Seed":"AAECAw=="}}');
  const seeds = createTokenSeeds(path);
  expect([...(await seeds.seed("old"))]).toEqual([0, 1, 2, 3]);
  await seeds.seed("new");
  expect(Object.keys(JSON.parse(readFileSync(join(path, ".token_seed"), "utf8")))).toEqual(["old", "new"]);
});

test.each(["", "{", "[]", '{"a":7}'])("a damaged file (%s) is made anew", async (text) => {
  const path = folder();
  writeFileSync(join(path, ".token_seed"), text);
  expect((await createTokenSeeds(path).seed("a")).length).toBe(16);
});

test("a folder that cannot be made leaves a seed for the run", async () => {
  const path = folder();
  writeFileSync(join(path, "file"), "");
  const seeds = createTokenSeeds(join(path, "file"));
  expect(await seeds.seed("a")).toEqual(await seeds.seed("a"));
});
