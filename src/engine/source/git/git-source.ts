/** Files of git repositories. What was fetched once is kept, and what was checked out too. */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { HostEnvironment } from "../../../base/host-environment.ts";
import { variable } from "../../../base/host-environment.ts";
import { cleanPath } from "../../../base/path.ts";
import { type SharedTask, shareTask } from "../../../base/shared-task.ts";
import { parseGitAddress } from "../../../buildfile/git-address.ts";
import { withLock } from "../../../execute/folder-lock.ts";
import type { Clock } from "../../../execute/ports.ts";
import { persist } from "../../../registry/retry.ts";
import { removeFolder } from "../../store/remove-folder.ts";
import type { EngineStore } from "../../store/store.ts";
import { openContextTree } from "../../tree/context-tree.ts";
import { subTree } from "../../tree/sub-tree.ts";
import { gitFailed } from "../problems.ts";
import type { GitCheckout, GitRequest } from "../sources.ts";
import { gitAccess } from "./git-access.ts";
import { fetchCommit, type GitCache } from "./git-cache.ts";
import { type CheckoutOptions, checkOut, isFolder } from "./git-checkout.ts";
import { createGit } from "./git-command.ts";
import type { RemoteRef } from "./git-remote.ts";
import { gitTree } from "./git-tree.ts";

export interface GitSourceOptions {
  readonly store: EngineStore;
  readonly environment: HostEnvironment;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}

interface Checkout {
  readonly commit: string;
  readonly folder: string;
  readonly subfolder: string;
}

/** Checkouts that nobody used for so long are removed when the next one of their repository is made. */
const forgottenMs = 7 * 24 * 3600_000;

export class GitSource {
  readonly #options: GitSourceOptions;
  readonly #checkouts = new Map<string, SharedTask<Checkout>>();

  constructor(options: GitSourceOptions) {
    this.#options = options;
  }

  /** Rejects with a TsbakeError when the repository cannot be had, or is not what the checksum says. */
  async fetch(request: GitRequest, signal: AbortSignal): Promise<GitCheckout> {
    const { address, keepGitDir, checksum = "", grant = "" } = request;
    const key = JSON.stringify([address, keepGitDir, checksum, grant]);
    const { commit, folder, subfolder } = await shareTask(this.#checkouts, key, signal, () =>
      this.#fetch(request, signal),
    );
    const tree = gitTree(openContextTree(folder));
    if (subfolder === "") return { commit, tree };
    if (tree.lstat(subfolder)?.type !== "folder") {
      throw gitFailed(address, `it has no folder ${subfolder} in ${commit}`, {
        hint: "See what is behind the colon of the address, or in its subdir.",
      });
    }
    return { commit, tree: subTree(tree, subfolder) };
  }

  async #fetch(request: GitRequest, signal: AbortSignal): Promise<Checkout> {
    const { store, environment, clock, onTrouble } = this.#options;
    const parsed = parseGitAddress(request.address);
    if (!parsed.ok)
      throw gitFailed(request.address, parsed.message, { hint: "Write https://HOST/PATH.git#REF:FOLDER." });
    const { address, configuration } = await gitAccess(parsed.value, request.secret ?? (async () => undefined));
    const room = await store.room("git");
    const folder = join(room, createHash("sha256").update(address.url).digest("hex").slice(0, 32));
    const sshSocket = request.sshSocket ?? variable(environment, "SSH_AUTH_SOCK");
    const git = createGit({ environment, sshSocket, knownHostsFile: join(room, "known_hosts"), configuration });
    const cache: GitCache = { folder: join(folder, "repository"), git, address, signal };
    const options = { keepGitDir: request.keepGitDir || address.keepGitFolder, submodules: address.submodules };
    const onWait = (owner: string): void =>
      onTrouble(`waiting for ${owner}, which is fetching ${address.place} as well`);
    return persist({ clock, signal, onTrouble }, () =>
      withLock(`${folder}.lock`, { signal, onWait }, async () => {
        const ref = await fetchCommit(cache);
        for (const wanted of [address.checksum, request.checksum ?? ""]) verify(request.address, wanted, ref);
        const subfolder = cleanPath(`/${address.subfolder}`).slice(1);
        return {
          commit: ref.commit,
          folder: await this.#checkout(cache, ref, join(folder, "files"), options),
          subfolder,
        };
      }),
    );
  }

  /** What is checked out already is taken as it is. */
  async #checkout(cache: GitCache, ref: RemoteRef, files: string, options: CheckoutOptions): Promise<string> {
    const { store, clock } = this.#options;
    const variant = options.keepGitDir
      ? `git-${createHash("sha256").update(ref.name).digest("hex").slice(0, 8)}`
      : "plain";
    const kept = join(files, `${ref.commit}-${variant}${options.submodules ? "" : "-alone"}`);
    const folder = join(kept, "tree");
    if (await isFolder(folder)) {
      const now = new Date(clock.now());
      await utimes(kept, now, now);
      return folder;
    }
    await removeForgotten(files, clock.now());
    const draft = await store.temporaryFolder();
    await checkOut(cache, ref, join(draft, "tree"), options);
    await mkdir(files, { recursive: true, mode: 0o700 });
    await removeFolder(kept);
    await rename(draft, kept);
    return folder;
  }
}

function verify(address: string, checksum: string, { commit, tag }: RemoteRef): void {
  const isRight = commit.startsWith(checksum) || tag?.startsWith(checksum);
  if (isRight && (checksum === "" || /^[0-9a-f]{7,64}$/.test(checksum))) return;
  throw gitFailed(address, `its commit is ${commit}, not ${checksum}`, {
    hint: "The branch or tag has moved: look at what changed before you correct the checksum.",
  });
}

async function removeForgotten(files: string, nowMs: number): Promise<void> {
  for (const name of await readdir(files).catch(() => [])) {
    const folder = join(files, name);
    const { mtimeMs } = await stat(folder);
    if (nowMs - mtimeMs > forgottenMs) await removeFolder(folder);
  }
}
