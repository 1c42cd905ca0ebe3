import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Apt, download, type Release } from "./apt.ts";
import { run, tryRun } from "./run-process.ts";

/** A library may need further libraries; deeper chains than this are a sign of going in circles. */
const maxRounds = 5;

/**
 * Unpacks into `root` the libraries that `program` needs and the machine lacks. Their packages are found by Debian's rule that
 * a library package is named after the soname. Throws when the program still lacks one.
 */
export async function addMissingLibraries(apt: Apt, release: Release, root: string, program: string): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    const missing = await findMissingLibraries(root, program);
    if (missing.length === 0) return;
    for (const soname of missing) await addLibrary(apt, release, root, soname);
  }
  throw new Error(`${program} still lacks ${(await findMissingLibraries(root, program)).join()}`);
}

/** The folders under `root` that hold libraries: what LD_LIBRARY_PATH needs for a program unpacked there. */
export async function libraryFolders(root: string): Promise<readonly string[]> {
  const found = await Promise.all(["usr/lib", "lib"].map((lib) => foldersWithLibraries(join(root, lib))));
  return found.flat();
}

/** `libgpgme.so.11` is in `libgpgme11`, or in `libgpgme11t64` since the 64-bit time change; a digit before the version gets a dash. */
export function packagesOfSoname(soname: string): readonly string[] {
  const match = /^(.+)\.so\.(.+)$/.exec(soname);
  if (match === null) return [];
  const [, stem = "", version = ""] = match;
  const name = `${stem}${/\d$/.test(stem) ? "-" : ""}${version}`.toLowerCase().replaceAll("_", "-");
  return [name, `${name}t64`];
}

async function findMissingLibraries(root: string, program: string): Promise<readonly string[]> {
  const path = (await libraryFolders(root)).join(":");
  const { stdout } = await tryRun("ldd", [program], {
    env: { ...process.env, LD_LIBRARY_PATH: path },
  });
  const missing = [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map(([, soname]) => soname ?? "");
  return [...new Set(missing)];
}

async function addLibrary(apt: Apt, release: Release, root: string, soname: string): Promise<void> {
  const names = packagesOfSoname(soname);
  const into = await mkdtemp(join(apt.folder, "library-"));
  try {
    for (const name of names) {
      const downloaded = await download(apt, name, release, into).then(
        () => true,
        () => false,
      );
      if (!downloaded) continue;
      for (const file of await readdir(into)) await run("dpkg", ["-x", join(into, file), root]);
      return;
    }
  } finally {
    await rm(into, { recursive: true, force: true });
  }
  throw new Error(`No Debian package ${names.join(" or ")} holds ${soname}`);
}

async function foldersWithLibraries(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const inner = entries.filter((entry) => entry.isDirectory() && entry.name.includes("-linux-"));
  const own = entries.some((entry) => entry.name.includes(".so.")) ? [folder] : [];
  return [...own, ...inner.map((entry) => join(folder, entry.name))];
}
