/**
 * Folders that several builds read: each is served by a session of its own that outlives the single build, so that the daemon asks
 * for it once.
 */
import type { SolveRequest } from "../../execute/ports.ts";
import { type LocalFolder, targetInputs } from "../../execute/target/target-inputs.ts";

/** A session that serves a folder. */
export interface FolderSession {
  readonly id: string;
  /** False once its connection was lost. */
  readonly alive: () => boolean;
  /** Idempotent; never throws. */
  readonly close: () => Promise<void>;
}

export interface FolderLease {
  readonly sessionId: string;
  readonly release: () => Promise<void>;
}

interface Shared {
  /** Builds that have not ended yet. */
  readonly expected: Set<string>;
  users: number;
  session: Promise<FolderSession> | undefined;
}

export class SharedFolders {
  readonly #shared = new Map<string, Shared>();

  /** Notes which folders more than one of the builds will read. */
  expect(requests: readonly SolveRequest[]): void {
    for (const { build, target, workingFolder } of requests) {
      for (const folder of targetInputs(target, build.links, workingFolder).folders) {
        const known = this.#shared.get(keyOf(folder));
        if (known === undefined)
          this.#shared.set(keyOf(folder), { expected: new Set([build.id]), users: 0, session: undefined });
        else known.expected.add(build.id);
      }
    }
    for (const [key, { expected, users }] of this.#shared) {
      if (expected.size < 2 && users === 0) this.#shared.delete(key);
    }
  }

  /** The session that serves the folder, opened if need be; undefined when the folder is not shared. */
  async lease(
    folder: LocalFolder,
    build: string,
    open: () => Promise<FolderSession>,
  ): Promise<FolderLease | undefined> {
    const shared = this.#shared.get(keyOf(folder));
    if (shared === undefined) return undefined;
    shared.users++;
    try {
      const session = await this.#session(shared, open);
      return { sessionId: session.id, release: () => this.#release(shared, folder, build) };
    } catch (error) {
      await this.#release(shared, folder, build);
      throw error;
    }
  }

  /** Idempotent; never throws. */
  async close(): Promise<void> {
    const all = [...this.#shared.values()];
    this.#shared.clear();
    await Promise.all(all.map((shared) => closeSession(shared)));
  }

  async #session(shared: Shared, open: () => Promise<FolderSession>): Promise<FolderSession> {
    const opening = shared.session ?? open();
    shared.session = opening;
    try {
      const session = await opening;
      if (session.alive()) return session;
      if (shared.session !== opening) return await this.#session(shared, open);
      shared.session = open();
      return await shared.session;
    } catch (error) {
      if (shared.session === opening) shared.session = undefined;
      throw error;
    }
  }

  async #release(shared: Shared, folder: LocalFolder, build: string): Promise<void> {
    shared.users--;
    shared.expected.delete(build);
    if (shared.users > 0 || shared.expected.size > 0) return;
    if (this.#shared.get(keyOf(folder)) === shared) this.#shared.delete(keyOf(folder));
    await closeSession(shared);
  }
}

async function closeSession(shared: Shared): Promise<void> {
  const session = await shared.session?.catch(() => undefined);
  shared.session = undefined;
  await session?.close();
}

function keyOf(folder: LocalFolder): string {
  return JSON.stringify([folder.name, folder.path]);
}
