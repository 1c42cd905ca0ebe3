import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Apt, download, openApt, type Release } from "./apt.ts";
import { addMissingLibraries } from "./libraries.ts";
import { withLock } from "./lock.ts";
import { run } from "./run-process.ts";

/** A Debian package unpacked into a folder of the cache; nothing is installed on the machine. */
export interface Wanted {
  readonly package: string;
  readonly release: Release;
  /** Programs in it that must find all their libraries, as paths inside the package. */
  readonly programs: readonly string[];
}

/** Every file of an unpacked package, and its size: how a cached one is told from half of one. */
type Manifest = readonly (readonly [path: string, sizeBytes: number])[];

/**
 * Unpacks the packages (each named once) that the cache does not hold whole, and returns where each is. Packages are made in a stage and
 * renamed, so an interrupted run leaves nothing that counts. Throws when a package cannot be had.
 */
export async function obtainPackages(
  cacheFolder: string,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, string>> {
  const missing = await findMissing(cacheFolder, wanted);
  if (missing.length > 0) {
    await withLock(join(cacheFolder, "packages.lock"), async () => {
      // Asked again: another run may have obtained them while this one waited for the lock.
      const still = await findMissing(cacheFolder, missing);
      if (still.length > 0) await unpackAll(cacheFolder, still);
    });
  }
  return new Map(wanted.map((one) => [one.package, join(folderOf(cacheFolder, one), "root")]));
}

async function unpackAll(cacheFolder: string, missing: readonly Wanted[]): Promise<void> {
  await removeOldStages(cacheFolder);
  await mkdir(join(cacheFolder, "packages"), { recursive: true });
  const stage = await mkdtemp(join(cacheFolder, stagePrefix));
  try {
    const apt = await openApt(join(stage, "apt"));
    for (const one of missing) await unpack(apt, one, join(stage, one.package));
    for (const one of missing) {
      const target = folderOf(cacheFolder, one);
      await rm(target, { recursive: true, force: true });
      await rename(join(stage, one.package), target);
    }
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function unpack(apt: Apt, wanted: Wanted, folder: string): Promise<void> {
  const root = join(folder, "root");
  await mkdir(root, { recursive: true });
  await download(apt, wanted.package, wanted.release, folder);
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".deb")) continue;
    await run("dpkg", ["-x", join(folder, name), root]);
    await rm(join(folder, name));
  }
  for (const program of wanted.programs) {
    await addMissingLibraries(apt, wanted.release, root, join(root, program));
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify(await listFiles(root)));
}

async function findMissing(cacheFolder: string, wanted: readonly Wanted[]): Promise<readonly Wanted[]> {
  const whole = await Promise.all(wanted.map((one) => isWhole(folderOf(cacheFolder, one))));
  return wanted.filter((_, index) => whole[index] !== true);
}

async function isWhole(folder: string): Promise<boolean> {
  try {
    const manifest: Manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    for (const [path, sizeBytes] of manifest) {
      if ((await lstat(join(folder, "root", path))).size !== sizeBytes) return false;
    }
    return manifest.length > 0;
  } catch {
    return false;
  }
}

async function listFiles(root: string): Promise<Manifest> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path), (await lstat(path)).size] as const;
    }),
  );
}

const stagePrefix = ".stage-";

async function removeOldStages(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (name.startsWith(stagePrefix)) await rm(join(cacheFolder, name), { recursive: true, force: true });
  }
}

function folderOf(cacheFolder: string, wanted: Wanted): string {
  // Of Debian 12 there may be other versions of what is there already.
  const name = wanted.release === "bookworm" ? `${wanted.package}-${wanted.release}` : wanted.package;
  return join(cacheFolder, "packages", name);
}
