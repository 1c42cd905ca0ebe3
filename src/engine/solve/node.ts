/** The embedded engine as a place where builds run: inside this process. */
import { availableParallelism } from "node:os";
import type { HostEnvironment } from "../../base/host-environment.ts";
import { Redaction } from "../../base/redaction.ts";
import type {
  BuildNode,
  NodeCapabilities,
  RemoteFiles,
  RemoteRequest,
  SolveContext,
  SolveJob,
  SolveRequest,
} from "../../execute/ports.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { BuildId } from "../../plan/plan.ts";
import { openRegistry } from "../../registry/open-registry.ts";
import { CacheImports } from "../cache/cache-imports.ts";
import { openLayerStore } from "../layer/layer-store.ts";
import { openSandbox } from "../run/open-sandbox.ts";
import type { Sandbox } from "../run/request.ts";
import { SourceLedger } from "../source/ledger.ts";
import { openSources } from "../source/open-sources.ts";
import { cacheBudget } from "../store/budget.ts";
import { openStore } from "../store/open-store.ts";
import { ContextTrees } from "./context-trees.ts";
import { Dockerfiles } from "./dockerfiles.ts";
import { examine } from "./examine.ts";
import { GrantedCommands } from "./granted-commands.ts";
import { EngineJob, type JobServices } from "./job.ts";
import { removeDeadAgents } from "./lease-agent.ts";
import { readRemote } from "./read-remote.ts";
import type { ResultWriter } from "./result-writer.ts";
import type { EngineServices } from "./services.ts";
import { Solver } from "./solver.ts";
import { hostPlatform } from "./target-settings.ts";
import { Troubles } from "./troubles.ts";

export interface EngineNodeOptions {
  readonly name: string;
  readonly host: HostEnvironment;
  /** Absolute; everything is kept below. */
  readonly cacheFolder: string;
  readonly writeResult: ResultWriter;
  /** The exporters that `writeResult` has. */
  readonly exporters: ReadonlySet<string>;
  /** Build arguments that docker's configuration gives. */
  readonly proxyArguments: ReadonlyMap<string, string>;
  /** Called once, before anything starts, when builds have commands and this process may not run them. */
  readonly beforeCommands?: () => Promise<void>;
  readonly now?: () => number;
}

/** Rejects with a TsbakeError when the cache folder cannot be used. */
export async function openEngineNode(options: EngineNodeOptions): Promise<BuildNode> {
  const store = await openStore(options.cacheFolder, { budget: cacheBudget(options.host) });
  return new EngineNode(options, store);
}

class EngineNode implements BuildNode {
  readonly name: string;
  readonly description: string;
  readonly #options: EngineNodeOptions;
  readonly #services: JobServices;
  readonly #engine: EngineServices;
  readonly #cleaned: Promise<void> = removeDeadAgents();
  #sandbox: Promise<Sandbox> | undefined;
  #closing: Promise<void> | undefined;
  #asked: Promise<void> | undefined;

  constructor(options: EngineNodeOptions, store: EngineServices["store"]) {
    this.name = options.name;
    this.description = "the embedded engine";
    this.#options = options;
    const layers = openLayerStore(store);
    const troubles = new Troubles();
    const onTrouble = (text: string): void => troubles.tellOnce(text);
    const registry = openRegistry({ environment: options.host, onTrouble });
    const ledger = new SourceLedger();
    this.#engine = {
      host: options.host,
      store,
      layers,
      registry,
      troubles,
      redaction: new Redaction(),
      sources: ledger.follow(openSources(store, { registry, environment: options.host, onTrouble })),
      contexts: new ContextTrees(),
      granted: new GrantedCommands(),
      sandbox: () => {
        const sandbox =
          this.#sandbox ?? openSandbox(layers, store, { environment: options.host, onWarning: onTrouble });
        this.#sandbox = sandbox;
        return sandbox;
      },
      now: options.now ?? Date.now,
    };
    const cores = availableParallelism();
    this.#services = {
      engine: this.#engine,
      solver: new Solver(this.#engine, { pack: Math.max(2, cores), run: Math.max(4, 2 * cores) }),
      writeResult: options.writeResult,
      dockerfiles: new Dockerfiles(this.#engine),
      imports: new CacheImports(registry),
      ledger,
      proxyArguments: options.proxyArguments,
    };
  }

  async capabilities(_signal: AbortSignal): Promise<NodeCapabilities> {
    return { platforms: [formatPlatform(hostPlatform())], imageStore: "none", exporters: this.#options.exporters };
  }

  share(_requests: readonly SolveRequest[]): void {
    // Contexts, images and steps are shared as they are: everything is in this process.
  }

  examine(requests: readonly SolveRequest[], signal: AbortSignal): Promise<ReadonlyMap<BuildId, Error>> {
    const { dockerfiles, proxyArguments } = this.#services;
    const surroundings = { host: this.#options.host, proxyArguments };
    const beforeCommands = this.#beforeCommands;
    return examine(requests, {
      services: this.#engine,
      dockerfiles,
      surroundings,
      signal,
      ...(beforeCommands === undefined ? {} : { beforeCommands }),
    });
  }

  readRemote(request: RemoteRequest, signal: AbortSignal): Promise<RemoteFiles> {
    return readRemote(this.#engine, request, signal);
  }

  /** All builds of a run share one asking. */
  get #beforeCommands(): (() => Promise<void>) | undefined {
    const { beforeCommands } = this.#options;
    if (beforeCommands === undefined) return undefined;
    return () => {
      const asked = this.#asked ?? beforeCommands();
      this.#asked = asked;
      return asked;
    };
  }

  start(request: SolveRequest, context: SolveContext): SolveJob {
    return new EngineJob(this.#services, request, context);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#services.solver.idle();
    await this.#cleaned;
    await this.#sandbox?.then(
      (sandbox) => sandbox.close(),
      () => {},
    );
    await this.#engine.sources.close();
    await this.#engine.registry.close();
    await this.#engine.store.close();
  }
}
