import { readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWithEngine } from "./context.ts";
import { findObstacle } from "./engine.ts";
import { packagesOfSoname } from "./libraries.ts";
import { obtainPrograms } from "./programs.ts";
import { run } from "./run-process.ts";
import { createTempFolder } from "./temp-folder.ts";

describe("the package of a library", () => {
  test.each([
    ["libgpgme.so.11", "libgpgme11"],
    ["libgpg-error.so.0", "libgpg-error0"],
    ["libdevmapper.so.1.02.1", "libdevmapper1.02.1"],
    ["libfoo2.so.3", "libfoo2-3"],
    ["libSDL_image.so.1", "libsdl-image1"],
  ])("for %s is %s", (soname, name) => {
    expect(packagesOfSoname(soname)).toEqual([name, `${name}t64`]);
  });
});

describeWithEngine("programs from Debian", { skip: (await findObstacle()) !== undefined }, (found) => {
  test("run from the cache, with libraries that the machine lacks", async () => {
    const programs = await obtainPrograms(found.cacheFolder, ["skopeo", "umoci", "docker-registry"]);
    for (const program of Object.values(programs)) {
      expect((await run(program, ["--version"])).stdout).toMatch(/\d+\.\d+/);
    }
  });

  test("are downloaded again when the cached package is not whole, and only then", { timeout: 120_000 }, async () => {
    await using cache = await createTempFolder();
    const { tini } = await obtainPrograms(cache.path, ["tini"]);
    const { size, mtimeMs } = await stat(tini);
    const manifest = join(cache.path, "packages/tini/manifest.json");
    const firstMadeAt = (await stat(manifest)).mtimeMs;

    await obtainPrograms(cache.path, ["tini"]);
    expect((await stat(manifest)).mtimeMs).toBe(firstMadeAt);

    await truncate(tini, 100);
    await obtainPrograms(cache.path, ["tini"]);
    expect(await stat(tini)).toMatchObject({ size, mtimeMs });
    expect(JSON.parse(await readFile(manifest, "utf8"))).toContainEqual(["usr/bin/tini-static", size]);
  });
});
