/** The caches that the builds of a node begin with, each read once a run. */
import { messageOf, TsbakeError } from "../../base/errors.ts";
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import { allOrNone } from "../../execute/all-or-none.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { CacheSource } from "./cache-places.ts";
import type { CachedLayer } from "./cached-layer.ts";
import { nameOfCache, readCache } from "./read-cache.ts";

/** A step of a cache by its key. */
export type FindImported = (key: string) => CachedLayer | undefined;

export interface ImportReport {
  /** Shows that a cache is being read. */
  readonly task: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  readonly warn: (text: string) => void;
}

/** As it is before the first build has written one. */
const nothingYet: ReadonlySet<string> = new Set(["engine/no-cache", "engine/not-in-layout", "registry/not-found"]);

const readsAtOnce = 8;

export class CacheImports {
  readonly #registry: RegistryClient;
  readonly #read = new Map<string, SharedTask<ReadonlyMap<string, CachedLayer>>>();

  constructor(registry: RegistryClient) {
    this.#registry = registry;
  }

  /** A cache that cannot be had makes a build slower, not wrong: a warning. The first that has a step counts. */
  async open(sources: readonly CacheSource[], report: ImportReport, signal: AbortSignal): Promise<FindImported> {
    const caches = await allOrNone(sources, { atOnce: readsAtOnce, signal }, (source, own) =>
      this.#open(source, report, own),
    );
    return (key) => {
      for (const cache of caches) {
        const found = cache.get(key);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }

  async #open(source: CacheSource, report: ImportReport, signal: AbortSignal) {
    const name = nameOfCache(source);
    try {
      return await report.task(`importing cache manifest from ${name}`, () =>
        shareTask(this.#read, JSON.stringify(source), signal, () => readCache(source, this.#registry, signal)),
      );
    } catch (error) {
      signal.throwIfAborted();
      const isFirst = error instanceof TsbakeError && nothingYet.has(error.code);
      report.warn(
        isFirst
          ? `${name} holds no cache yet; it is left out`
          : `the cache ${name} cannot be read and is left out: ${messageOf(error)}`,
      );
      return new Map<string, CachedLayer>();
    }
  }
}
