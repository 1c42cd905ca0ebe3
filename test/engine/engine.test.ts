import { access, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { kill } from "node:process";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { baseDockerfile, createBase } from "./base-image.ts";
import { buildx } from "./buildx.ts";
import { describeWithEngine } from "./context.ts";
import { findDaemon, type Place, placeFor } from "./daemon.ts";
import { type Engine, ensureEngine, findObstacle, startOurs, stopOurs } from "./engine.ts";
import { answers, inspectEngine } from "./engine-api.ts";
import type { EngineFound } from "./global-setup.ts";
import { enginePrograms, obtainPrograms } from "./programs.ts";
import { findMounts, findProcesses } from "./remains.ts";
import type { Finished } from "./run-process.ts";
import { createTempFolder, type TempFolder } from "./temp-folder.ts";

/** Beside an engine that the machine had, one of ours may not be possible. */
const obstacle = await findObstacle();

test("no engine is looked for when it is switched off", async () => {
  expect(await ensureEngine("off")).toEqual({ available: false, reason: "TSBAKE_TEST_ENGINE=off" });
});

describeWithEngine("an engine of our own", { timeout: 120_000, skip: obstacle !== undefined }, (found) => {
  let cache: TempFolder;
  let place: Place;

  beforeEach(async () => {
    cache = await createTempFolder();
    await obtainPrograms(found.cacheFolder, enginePrograms);
    await mkdir(join(cache.path, "packages"));
    for (const name of ["docker.io", "containerd", "runc", "tini", "busybox-static"]) {
      const folder = join("packages", name);
      await cp(join(found.cacheFolder, folder), join(cache.path, folder), { recursive: true, verbatimSymlinks: true });
    }
    vi.stubEnv("TSBAKE_TEST_CACHE", cache.path);
    place = await placeFor(cache.path);
  });

  afterEach(async () => {
    await stopOurs({ force: true });
    vi.unstubAllEnvs();
    await cache[Symbol.asyncDispose]();
  });

  test("is shared by runs at the same time and goes with the last of them, leaving nothing", async () => {
    const [first, second] = await Promise.all([use(), use()]);
    expect(second.dockerHost).toBe(first.dockerHost);
    expect(await inspectEngine(first.dockerHost)).toMatchObject({ containerdStore: true });
    await first.stop();
    expect(await answers(second.dockerHost)).toBe(true);
    await second.stop();
    await expectNothingLeft(place);
  });

  test("that was started by hand outlives the runs that use it", async () => {
    const dockerHost = await startOurs();
    const run = await use();
    expect(run.dockerHost).toBe(dockerHost);
    expect(await stopOurs({ force: false })).toBe("in use");
    await run.stop();
    expect(await answers(dockerHost)).toBe(true);
    expect(await stopOurs({ force: false })).toBe("ended");
    await expectNothingLeft(place);
  });

  test.runIf(found.buildxPath)("that was killed during a build is replaced, and what it left is removed", async () => {
    const killed = await use();
    const building = buildForever(killed, found, cache.path);
    await vi.waitFor(async () => expect(await findSleepers(place)).not.toEqual([]), { timeout: 30_000 });
    kill((await findDaemon(place))?.pid ?? 0, "SIGKILL");
    expect((await building).code).not.toBe(0);
    expect(await findMounts(place.folder)).not.toEqual([]);

    const next = await use();
    expect(await answers(next.dockerHost)).toBe(true);
    expect(await findSleepers(place)).toEqual([]);
    await killed.stop();
    await next.stop();
    await expectNothingLeft(place);
  });

  test("leaves other engines on the machine alone", async () => {
    const run = await use();
    await run.stop();
    expect(await answers(found.dockerHost)).toBe(true);
  });
});

async function use(): Promise<Engine> {
  const engine = await ensureEngine("own");
  if (!engine.available) throw new Error(engine.reason);
  return engine;
}

/** Builds a step that only the engine's end can end. */
async function buildForever(engine: Engine, found: EngineFound, folder: string): Promise<Finished> {
  const context = join(folder, "context");
  await mkdir(context);
  await createBase(join(context, "base"), found.busyboxPath ?? "");
  await writeFile(join(context, "Dockerfile"), `${baseDockerfile}RUN sleep 600\n`);
  const options = { buildxPath: found.buildxPath ?? "", dockerHost: engine.dockerHost, cwd: folder };
  return buildx({ ...options, configFolder: join(folder, "config") }, ["build", "context"]);
}

/** Processes of build steps. */
async function findSleepers(place: Place): Promise<readonly number[]> {
  const pids = await findProcesses(place);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return pids.filter((_, index) => lines[index]?.includes("sleep"));
}

async function expectNothingLeft(place: Place): Promise<void> {
  expect(await findProcesses(place)).toEqual([]);
  expect(await findMounts(place.folder)).toEqual([]);
  expect(Object.keys(networkInterfaces())).not.toContain(place.bridge);
  for (const id of await readdir("/run/runc").catch(() => [])) {
    const state = await readFile(join("/run/runc", id, "state.json"), "utf8").catch(() => "");
    expect(state).not.toContain(place.folder);
  }
  expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(place.folder);
  for (const path of [place.folder, `/sys/fs/cgroup/${place.cgroup}`, `/sys/fs/cgroup/pids/${place.cgroup}`]) {
    await expect(access(path)).rejects.toThrow("ENOENT");
  }
}
