/** A bare repository of the store, in which the commits are kept that were fetched before. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { GitAddress } from "../../../buildfile/git-address.ts";
import { gitFailed } from "../problems.ts";
import type { Git, GitCall } from "./git-command.ts";
import { failureOf } from "./git-failure.ts";
import { findRef, isCommit, type RemoteRef } from "./git-remote.ts";

export interface GitCache {
  /** Of the bare repository; the caller holds its lock. */
  readonly folder: string;
  readonly git: Git;
  readonly address: GitAddress;
  readonly signal: AbortSignal;
}

/** Fetches what the address means, if it is not there. Rejects with a TsbakeError, or a Transient. */
export async function fetchCommit(cache: GitCache): Promise<RemoteRef> {
  const { address } = cache;
  await prepare(cache);
  const ref = isCommit(address.ref)
    ? { name: address.ref, commit: address.ref }
    : await findRef(cache.git, address, callIn(cache));
  const found = ref === undefined ? await fetchPart(cache) : await fetchRef(cache, ref);
  for (const id of [found.commit, found.tag ?? found.commit]) {
    if (await hasObject(cache, id)) await must(cache, ["update-ref", `refs/tsbake/${id}`, id]);
  }
  return found;
}

export function callIn({ folder, signal }: GitCache): GitCall {
  return { folder, signal, variables: { GIT_DIR: folder } };
}

async function prepare(cache: GitCache): Promise<void> {
  const { folder, signal, git, address } = cache;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (existsSync(join(folder, "HEAD"))) return;
  const end = await git(["init", "-q", "--bare", "--template=", folder], { folder, signal });
  if (end.code !== 0) throw failureOf(address.url, end);
}

async function fetchRef(cache: GitCache, ref: RemoteRef): Promise<RemoteRef> {
  if ((await hasCommit(cache, ref.commit)) && (await hasObject(cache, ref.tag ?? ref.commit))) return ref;
  const shallow = await fetchFrom(cache, ["--depth=1"], [ref.name]);
  if (shallow.code === 0 && (await hasCommit(cache, ref.commit))) return ref;
  // A branch that went on meanwhile is fetched as it was found; servers may refuse commits by name, and to give less than all.
  const whole = await fetchFrom(cache, [], ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]);
  if (whole.code !== 0) throw failureOf(cache.address.url, shallow.code === 0 ? whole : shallow);
  if (await hasCommit(cache, ref.commit)) return ref;
  throw gitFailed(cache.address.url, `it has no commit ${ref.commit}`, {
    hint: "See whether the commit was pushed, and is on a branch or a tag.",
  });
}

/** Only whoever has all commits can tell which one begins like that. */
async function fetchPart(cache: GitCache): Promise<RemoteRef> {
  const { git, address } = cache;
  const end = await fetchFrom(cache, [], ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]);
  if (end.code !== 0) throw failureOf(address.url, end);
  const parsed = await git(["rev-parse", "--verify", "-q", `${address.ref}^{commit}`], callIn(cache));
  const commit = parsed.stdout.trim();
  if (parsed.code === 0 && isCommit(commit)) return { name: commit, commit };
  throw gitFailed(address.url, `it has no ref ${JSON.stringify(address.ref)}, and no one commit begins like that`, {
    hint: "See whether the branch, tag or commit after # is there.",
  });
}

function hasCommit(cache: GitCache, commit: string): Promise<boolean> {
  return hasObject(cache, `${commit}^{commit}`);
}

export async function hasObject(cache: GitCache, id: string): Promise<boolean> {
  return (await cache.git(["cat-file", "-e", id], callIn(cache))).code === 0;
}

async function fetchFrom(cache: GitCache, options: readonly string[], refs: readonly string[]) {
  const isWhole = options.length === 0 && existsSync(join(cache.folder, "shallow"));
  const depth = isWhole ? ["--unshallow"] : options;
  const args = ["fetch", "-q", "--no-tags", "--force", "--no-recurse-submodules", "--no-write-fetch-head", ...depth];
  return cache.git([...args, "--", cache.address.url, ...refs], callIn(cache));
}

async function must(cache: GitCache, args: readonly string[]): Promise<string> {
  const end = await cache.git(args, callIn(cache));
  if (end.code !== 0) throw failureOf(cache.address.url, end);
  return end.stdout;
}
