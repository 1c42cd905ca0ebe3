/** What is told of the repository a context lies in: provenance shows it (buildkit-protocol.md 4.6). */
import { execFile } from "node:child_process";
import { join, relative, sep } from "node:path";
import { parseBoolean } from "../../base/boolean.ts";
import type { LocalFolder } from "../../execute/target/target-inputs.ts";

/** Repositories of one run, by folder and whether changes are looked for: targets share contexts. */
export type KnownRepositories = Map<string, Promise<Repository | undefined>>;

export interface GitInfoOptions {
  /** Served to the daemon, the context among them. */
  readonly folders: readonly LocalFolder[];
  /** Absolute, of a local Dockerfile. */
  readonly dockerfilePath: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly known: KnownRepositories;
}

export interface Repository {
  readonly root: string;
  readonly commit: string;
  readonly source: string | undefined;
  readonly dirty: boolean;
}

type Pairs = readonly (readonly [string, string])[];

const timeLimitMs = 5000;

/**
 * Attributes of the frontend: `vcs:revision`, `vcs:source`, `vcs:localdir:*`, and labels where `BUILDX_GIT_LABELS` asks for them. None when
 * the context is in no work tree, git is not installed, or `BUILDX_GIT_INFO` says no. Never rejects.
 */
export async function gitInfo({ folders, dockerfilePath, environment, known }: GitInfoOptions): Promise<Pairs> {
  const context = folders.find(({ name }) => name === "context");
  const labels = environment.BUILDX_GIT_LABELS ?? "";
  const wantsLabels = labels === "full" || parseBoolean(labels) === true;
  const wantsInfo = parseBoolean(environment.BUILDX_GIT_INFO ?? "") !== false;
  if (context === undefined || !(wantsInfo || wantsLabels)) return [];
  const checkDirty = parseBoolean(environment.BUILDX_GIT_CHECK_DIRTY ?? "") === true;
  const key = `${checkDirty} ${context.path}`;
  const reading = known.get(key) ?? readRepository(context.path, checkDirty);
  known.set(key, reading);
  const repository = await reading;
  if (repository === undefined) return [];
  const revision = `${repository.commit}${repository.dirty ? "-dirty" : ""}`;
  const { source, root } = repository;
  return [
    ...(wantsInfo ? [["vcs:revision", revision] as const] : []),
    ...(wantsInfo && source !== undefined ? [["vcs:source", source] as const] : []),
    ...(wantsInfo ? folders.flatMap(({ name, path }) => localFolder(name, path, root)) : []),
    ...(wantsLabels ? [["label:org.opencontainers.image.revision", revision] as const] : []),
    ...(labels === "full" && source !== undefined ? [["label:org.opencontainers.image.source", source] as const] : []),
    ...(wantsLabels ? entrypoint(dockerfilePath, root) : []),
  ];
}

async function readRepository(folder: string, checkDirty: boolean): Promise<Repository | undefined> {
  const [found, origin, changes] = await Promise.all([
    git(folder, ["rev-parse", "--show-toplevel", "HEAD"]),
    remoteAddress(folder),
    checkDirty ? git(folder, ["status", "--porcelain", "--ignored"]) : undefined,
  ]);
  const [root, commit] = found?.split("\n") ?? [];
  if (root === undefined || commit === undefined) return undefined;
  const source = origin === undefined ? undefined : withoutPassword(origin);
  return { root, commit, source, dirty: changes !== undefined && changes !== "" };
}

async function remoteAddress(folder: string): Promise<string | undefined> {
  return (await git(folder, ["remote", "get-url", "origin"])) ?? (await git(folder, ["remote", "get-url", "upstream"]));
}

function withoutPassword(address: string): string {
  return address.replace(/^([a-z+]+:\/\/)[^/@]+@/i, "$1xxxxx@");
}

function localFolder(name: string, path: string, root: string): Pairs {
  const inside = relative(root, path);
  if (inside === ".." || inside.startsWith(`..${sep}`)) return [];
  return [[`vcs:localdir:${name}`, inside === "" ? "." : inside.replaceAll(sep, "/")]];
}

function entrypoint(dockerfilePath: string | undefined, root: string): Pairs {
  if (dockerfilePath === undefined) return [];
  const inside = relative(root, dockerfilePath);
  if (inside.startsWith("..")) return [];
  return [["label:com.docker.image.source.entrypoint", join(inside).replaceAll(sep, "/")]];
}

/** What git says, without the line end; undefined when it fails, is not there, or takes too long. */
function git(folder: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: timeLimitMs, env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } };
    execFile("git", ["-C", folder, ...args], options, (error, stdout) => {
      resolve(error === null ? stdout.replace(/\r?\n$/, "") : undefined);
    });
  });
}
