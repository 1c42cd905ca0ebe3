import { access, chmod, constants, rename, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { env, pid } from "node:process";
import type { Release } from "./apt.ts";
import { libraryFolders } from "./libraries.ts";
import { obtainPackages, type Wanted } from "./packages.ts";
import { quote } from "./quote.ts";

interface Source {
  readonly package: string;
  readonly release: Release;
  readonly path: string;
}

/**
 * Where each program comes from. The engine and buildx are newer than Debian 12; runc is not, because a newer one wants a
 * newer C library.
 */
const sources: Readonly<Record<ProgramName, Source>> = {
  dockerd: { package: "docker.io", release: "newer", path: "usr/sbin/dockerd" },
  containerd: { package: "containerd", release: "newer", path: "usr/bin/containerd" },
  "docker-buildx": {
    package: "docker-buildx",
    release: "newer",
    path: "usr/libexec/docker/cli-plugins/docker-buildx",
  },
  docker: { package: "docker-cli", release: "newer", path: "usr/bin/docker" },
  runc: { package: "runc", release: "machine", path: "usr/sbin/runc" },
  tini: { package: "tini", release: "machine", path: "usr/bin/tini-static" },
  busybox: { package: "busybox-static", release: "machine", path: "bin/busybox" },
  "docker-registry": {
    package: "docker-registry",
    release: "machine",
    path: "usr/bin/docker-registry",
  },
  umoci: { package: "umoci", release: "machine", path: "usr/bin/umoci" },
  skopeo: { package: "skopeo", release: "machine", path: "usr/bin/skopeo" },
  buildah: { package: "buildah", release: "machine", path: "usr/bin/buildah" },
  "dockerd-20": { package: "docker.io", release: "bookworm", path: "usr/sbin/dockerd" },
  "containerd-20": { package: "containerd", release: "bookworm", path: "usr/bin/containerd" },
  crun: { package: "crun", release: "machine", path: "usr/bin/crun" },
  newuidmap: { package: "uidmap", release: "machine", path: "usr/bin/newuidmap" },
};

export type ProgramName =
  | EngineProgram
  | SandboxProgram
  | OldEngineProgram
  | "docker-buildx"
  | "docker"
  | "docker-registry"
  | "umoci"
  | "skopeo"
  | "buildah";

/** What the sandbox of the embedded engine can be tried with besides what every machine has. */
export type SandboxProgram = "crun" | "newuidmap";

/** Of Debian 12: Docker 20.10. Not to be asked for together with those of the engine. */
export type OldEngineProgram = "dockerd-20" | "containerd-20";

export type EngineProgram = "dockerd" | "containerd" | "runc" | "tini" | "busybox";

/** What an engine of ours is made of. */
export const enginePrograms: readonly EngineProgram[] = ["dockerd", "containerd", "runc", "tini", "busybox"];

/** Obtains programs from Debian into the cache and returns a path for each that can be run as it is. */
export async function obtainPrograms<Name extends ProgramName>(
  cacheFolder: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const roots = await obtainPackages(cacheFolder, [...new Set(names)].map(wantedFor));
  const entries = await Promise.all(
    names.map(async (name) => [name, await runnable(rootOf(roots, name), sources[name].path)]),
  );
  return Object.fromEntries(entries) as Readonly<Record<Name, string>>;
}

/** Where a machine that is not Debian has the program already, if it has. */
export async function findProgram(name: ProgramName): Promise<string | undefined> {
  const plugins = [
    join(env.HOME ?? "", ".docker/cli-plugins"),
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
  ];
  for (const folder of [...(env.PATH ?? "").split(delimiter), ...plugins]) {
    const path = join(folder, name);
    if (await isRunnable(path)) return path;
  }
  return undefined;
}

function wantedFor(name: ProgramName): Wanted {
  const source = sources[name];
  return { package: source.package, release: source.release, programs: [source.path] };
}

/** The program itself, or a script that runs it with the libraries that came with it. */
async function runnable(root: string, path: string): Promise<string> {
  const program = join(root, path);
  const libraries = await libraryFolders(root);
  if (libraries.length === 0) return program;
  const script = `${program}.run`;
  const staged = `${script}.${pid}`;
  const line = `LD_LIBRARY_PATH=${quote(libraries.join(":"))} exec ${quote(program)} "$@"`;
  await writeFile(staged, `#!/bin/sh\n${line}\n`);
  await chmod(staged, 0o755);
  await rename(staged, script);
  return script;
}

function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function rootOf(roots: ReadonlyMap<string, string>, name: ProgramName): string {
  const root = roots.get(sources[name].package);
  if (root === undefined) throw new Error(`${sources[name].package} was not unpacked`);
  return root;
}
