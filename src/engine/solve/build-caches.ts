/** The caches of one build: what it begins with, and what it leaves behind. */
import { Buffer } from "node:buffer";
import { messageOf } from "../../base/errors.ts";
import type { Target } from "../../plan/plan.ts";
import { inlineRecords } from "../cache/cache-document.ts";
import type { CacheImports, FindImported } from "../cache/cache-imports.ts";
import { type CachePlaces, cachePlaces, type StoredDestination } from "../cache/cache-places.ts";
import type { CachedChain, CachedLayer } from "../cache/cached-layer.ts";
import { describeWriting, writeCache } from "../cache/write-cache.ts";
import type { Layer } from "../layer/layer.ts";
import type { EngineServices } from "./services.ts";
import { chainOf, type SolvedStep } from "./solved.ts";
import type { StepReporter } from "./step-reporter.ts";

export interface BuildCachesOptions {
  readonly target: Target;
  readonly workingFolder: string;
  /** A further export of what another build of the run makes: that one reads and writes the caches. */
  readonly repeats: boolean;
  readonly engine: EngineServices;
  readonly imports: CacheImports;
  readonly reporter: StepReporter;
  readonly warn: (text: string) => void;
}

export class BuildCaches {
  readonly #options: BuildCachesOptions;
  readonly #places: CachePlaces;
  readonly #tops: SolvedStep[] = [];
  readonly #steps = new Set<SolvedStep>();
  readonly #linked = new Set<BuildCaches>();

  /** Throws a BuildFailure for an attribute that makes no sense. */
  constructor(options: BuildCachesOptions) {
    this.#options = options;
    this.#places = cachePlaces(options.target, options.workingFolder);
  }

  /** Reads what the build begins with, and says what is left out. */
  async open(signal: AbortSignal): Promise<FindImported> {
    const { repeats, imports, reporter, engine, warn } = this.#options;
    if (repeats) return () => undefined;
    for (const text of this.#places.warnings) engine.troubles.tellOnce(text);
    return imports.open(this.#places.from, { task: (name, work) => reporter.task(name, work), warn }, signal);
  }

  /** What the build came to for a platform, and the steps that led there. */
  add(top: SolvedStep, steps: readonly SolvedStep[]): void {
    this.#tops.push(top);
    for (const step of steps) this.#steps.add(step);
  }

  /** A build whose result this one stands on, or takes files from. */
  link(caches: BuildCaches): void {
    this.#linked.add(caches);
  }

  /** What an image of these layers says of itself. Undefined where it is not asked to. */
  inline(layers: readonly Layer[]): string | undefined {
    if (!this.#places.to.some(({ kind }) => kind === "inline")) return undefined;
    const records = inlineRecords(
      this.#allChains(),
      layers.map(({ diffId }) => diffId),
    );
    return records.length === 0 ? undefined : Buffer.from(JSON.stringify(records)).toString("base64");
  }

  /** Rejects with what keeps a cache from being written, unless it is to be ignored. */
  async write(signal: AbortSignal): Promise<void> {
    if (this.#options.repeats) return;
    for (const destination of this.#places.to) {
      if (destination.kind === "inline") continue;
      try {
        await this.#write(destination, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!destination.ignoreError) throw error;
        this.#options.warn(`a cache is not written: ${messageOf(error)}`);
      }
    }
  }

  async #write(destination: StoredDestination, signal: AbortSignal): Promise<void> {
    const { engine, reporter, warn } = this.#options;
    const { layers, registry } = engine;
    const chains = destination.allSteps ? this.#allChains() : this.#resultChains();
    const written = await reporter.task(describeWriting(destination), (onProgress) =>
      writeCache(chains, destination, { layers, registry, signal, onProgress }),
    );
    if (!written) warn(`${describeWriting(destination)}: no step has made a layer, so nothing is written`);
  }

  #allChains(): readonly CachedChain[] {
    return [...this.#steps, ...this.#tops]
      .map(chainOf)
      .concat(...[...this.#linked].map((caches) => caches.#allChains()));
  }

  /** A linked result is known by its layers alone: which steps made them is known to its build. */
  #resultChains(): readonly CachedChain[] {
    const linked = new Map<string, CachedLayer>();
    for (const caches of this.#linked) {
      for (const cached of caches.#allChains().flat()) linked.set(cached.layer.diffId, cached);
    }
    return this.#tops.map(({ layers }) =>
      layers.flatMap(({ key, layer, createdMs }) =>
        key === undefined || createdMs === undefined ? (linked.get(layer.diffId) ?? []) : [{ key, layer, createdMs }],
      ),
    );
  }
}
