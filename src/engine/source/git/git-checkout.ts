/** The files of a commit, in a folder of their own. */
import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { gitFailed } from "../problems.ts";
import { callIn, type GitCache, hasObject } from "./git-cache.ts";
import type { GitCall, GitEnd } from "./git-command.ts";
import { failureOf } from "./git-failure.ts";
import type { RemoteRef } from "./git-remote.ts";

export interface CheckoutOptions {
  readonly keepGitDir: boolean;
  readonly submodules: boolean;
}

/** Fills a folder that is not there yet. The commit is in the cache, of which the caller holds the lock. */
export async function checkOut(
  cache: GitCache,
  ref: RemoteRef,
  folder: string,
  options: CheckoutOptions,
): Promise<void> {
  const modules = options.submodules && (await names(cache, ref.commit, [".gitmodules"])) !== "";
  await mkdir(folder, { recursive: true });
  if (options.keepGitDir || modules) await cloneInto(cache, ref, folder, modules);
  else await writeFiles(cache, ref.commit, folder);
  if (!options.keepGitDir && modules) await removeGitFolders(folder);
}

/** Straight from the repository of the store. */
async function writeFiles(cache: GitCache, commit: string, folder: string): Promise<void> {
  // There is nothing to write of an empty commit, and git takes that for a mistake.
  if ((await names(cache, commit, [])) === "") return;
  const index = `${folder}.index`;
  const { signal } = cache;
  const variables = { GIT_DIR: cache.folder, GIT_WORK_TREE: folder, GIT_INDEX_FILE: index };
  try {
    await must(cache, ["checkout", "-q", "-f", commit, "--", "."], { folder, signal, variables });
  } finally {
    await rm(index, { force: true });
  }
}

/** A repository of its own, with the one commit. */
async function cloneInto(
  cache: GitCache,
  { name, commit, tag }: RemoteRef,
  folder: string,
  modules: boolean,
): Promise<void> {
  const call: GitCall = { folder, signal: cache.signal };
  await must(cache, ["init", "-q", "--template=", "."], call);
  await must(cache, ["config", "core.logAllRefUpdates", "false"], call);
  await must(cache, ["remote", "add", "origin", cache.address.url], call);
  const target = /^refs\/(?:heads|tags)\//.test(name) ? name : "refs/remotes/origin/HEAD";
  const source = tag !== undefined && (await hasObject(cache, tag)) ? tag : commit;
  await must(
    cache,
    [
      "fetch",
      "-q",
      "--depth=1",
      "--no-tags",
      "--no-write-fetch-head",
      "--update-head-ok",
      "--",
      cache.folder,
      `+refs/tsbake/${source}:${target}`,
    ],
    call,
  );
  await must(cache, ["checkout", "-q", "-f", "--detach", commit], call);
  if (modules) await updateSubmodules(cache, call);
}

async function updateSubmodules(cache: GitCache, call: GitCall): Promise<void> {
  const update = ["submodule", "-q", "update", "--init", "--recursive"];
  const shallow = await cache.git([...update, "--depth=1"], call);
  // Servers may refuse commits by name.
  const end = shallow.code === 0 ? shallow : await cache.git(update, call);
  if (end.code !== 0) throw submoduleFailed(cache, end);
}

function submoduleFailed({ address }: GitCache, end: GitEnd): Error {
  if (!/transport '?file'? not allowed/.test(end.stderr)) return failureOf(address.url, end);
  return gitFailed(address.url, "it has a submodule in a folder of this machine, which repositories may not reach", {
    hint: "Leave the submodules out with ?submodules=false.",
  });
}

/** Of the repository and of those in it. */
async function removeGitFolders(folder: string): Promise<void> {
  await rm(join(folder, ".git"), { recursive: true, force: true });
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGitFolders(join(folder, entry.name));
  }
}

async function names(cache: GitCache, commit: string, paths: readonly string[]): Promise<string> {
  return must(cache, ["ls-tree", "--name-only", commit, "--", ...paths], callIn(cache));
}

async function must(cache: GitCache, args: readonly string[], call: GitCall): Promise<string> {
  const end = await cache.git(args, call);
  if (end.code !== 0) throw failureOf(cache.address.url, end);
  return end.stdout;
}

export async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
