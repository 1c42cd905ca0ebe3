/** A BuildKit daemon as a place where builds run. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { BuildHistory } from "../../execute/build-history.ts";
import type {
  BuildNode,
  NodeCapabilities,
  RemoteFiles,
  RemoteRequest,
  SolveContext,
  SolveJob,
  SolveRequest,
} from "../../execute/ports.ts";
import type { BuildId } from "../../plan/plan.ts";
import { SolveRequest as ControlRequest, ListWorkersRequest } from "../gen/control.ts";
import * as control from "../rpc/control-methods.ts";
import { RpcError } from "../rpc/status.ts";
import { emptyResult, Gateway } from "../solve/gateway.ts";
import { randomIdentifier } from "../solve/identifier.ts";
import type { ProvenanceDetail } from "../solve/recorded-provenance.ts";
import { GatewayJob } from "../solve/solve-job.ts";
import { nodeProblem } from "../target/node-limits.ts";
import { nodeLimitFacts, type PlanningFacts } from "../target/solve-plan.ts";
import { type Workers, workersFrom } from "./capabilities.ts";
import { NodeConnection, unlessAborted } from "./node-connection.ts";
import { loadNodeId } from "./node-id.ts";
import type { NodeServices } from "./node-services.ts";
import { registryAuth } from "./registry-auth.ts";
import { SharedFolders } from "./shared-folders.ts";
import type { NodeTransport } from "./transport.ts";

export interface BuildkitNodeOptions {
  readonly transport: NodeTransport;
  readonly host: HostEnvironment;
  /** Build arguments that docker's configuration gives to builds on this node. */
  readonly proxyArguments?: ReadonlyMap<string, string>;
  /** Adds to the answer of each build how it came about, as the daemon recorded it. */
  readonly provenance?: ProvenanceDetail;
  /** Those it was set up for, normalised; they go before what the daemon says of itself. */
  readonly platforms?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Opens the node without reaching for it yet: the connection is made when something is first asked of it. */
export function openBuildkitNode(options: BuildkitNodeOptions): BuildNode {
  return new BuildkitNode(options);
}

class BuildkitNode implements BuildNode {
  readonly name: string;
  readonly description: string;
  readonly #options: BuildkitNodeOptions;
  readonly #services: NodeServices;
  readonly #closing = new AbortController();
  #facts: Promise<PlanningFacts> | undefined;

  constructor(options: BuildkitNodeOptions) {
    const { transport, host, provenance } = options;
    this.name = transport.name;
    this.description = transport.description;
    this.#options = options;
    this.#services = {
      transport,
      host,
      connection: new NodeConnection(transport),
      sharedFolders: new SharedFolders(),
      registryAuth: registryAuth(host),
      dockerfiles: new Map(),
      now: options.now ?? Date.now,
      facts: (signal) => this.#askOnce(signal),
      ...(provenance === undefined ? {} : { provenance }),
    };
  }

  async capabilities(signal: AbortSignal): Promise<NodeCapabilities> {
    const { workers } = await this.#askOnce(signal);
    const { platforms } = this.#options;
    if (platforms === undefined) return workers;
    return { ...workers, platforms: [...new Set([...platforms, ...workers.platforms])], preferred: platforms };
  }

  async examine(requests: readonly SolveRequest[], signal: AbortSignal): Promise<ReadonlyMap<BuildId, Error>> {
    const facts = nodeLimitFacts(await this.#askOnce(signal));
    return new Map(
      requests.flatMap((request) => {
        const problem = nodeProblem(request, facts);
        return problem === undefined ? [] : [[request.build.id, problem] as const];
      }),
    );
  }

  share(requests: readonly SolveRequest[]): void {
    this.#services.sharedFolders.expect(requests);
  }

  start(request: SolveRequest, context: SolveContext): SolveJob {
    return new GatewayJob(this.#services, request, context);
  }

  async readRemote(request: RemoteRequest, signal: AbortSignal): Promise<RemoteFiles> {
    const { readRemote } = await import("../remote/read-remote.ts");
    return readRemote(this.#services, request, signal);
  }

  async openHistory(): Promise<BuildHistory> {
    const { daemonHistory } = await import("../history/daemon-history.ts");
    return daemonHistory(this.#services.connection, this.description);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error(`the node ${this.name} was closed`));
    await this.#services.sharedFolders.close();
    await this.#services.connection.close();
  }

  /** All callers share one asking; a failed one is forgotten. */
  async #askOnce(signal: AbortSignal): Promise<PlanningFacts> {
    const asking = this.#facts ?? this.#ask(this.#closing.signal);
    this.#facts = asking;
    asking.catch(() => {
      if (this.#facts === asking) this.#facts = undefined;
    });
    return unlessAborted(asking, signal);
  }

  async #ask(signal: AbortSignal): Promise<PlanningFacts> {
    const { transport, host } = this.#services;
    const [nodeId, asked, capabilities] = await Promise.all([
      loadNodeId(host),
      this.#askWorkers(signal),
      this.#askGateway(signal),
    ]);
    const workers = { ...asked, description: this.description };
    const proxyArguments = this.#options.proxyArguments ?? new Map();
    return {
      kind: transport.kind,
      node: this.description,
      workers,
      capabilities,
      host,
      proxyArguments,
      nodeId,
      repositories: new Map(),
    };
  }

  async #askWorkers(signal: AbortSignal): Promise<Workers> {
    const connection = await this.#services.connection.shared(signal);
    const response = await connection.unary(control.listWorkers, ListWorkersRequest.create(), { signal });
    return workersFrom(response, this.#services.transport.kind);
  }

  /** The gateway answers within a build only, so one is made that does nothing. */
  async #askGateway(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const connection = await this.#services.connection.shared(signal);
    const ref = randomIdentifier();
    const request = ControlRequest.create({ Ref: ref, Internal: true });
    const answer = connection.unary(control.solve, request, { signal });
    answer.catch(() => {});
    const gateway = new Gateway(connection, ref);
    try {
      const capabilities = await gateway.capabilities(signal);
      await gateway.succeed(emptyResult(), signal);
      await answer;
      return capabilities;
    } catch (error) {
      // A daemon without a gateway says so; what it cannot do shows in the build.
      if (error instanceof RpcError && error.code === "UNIMPLEMENTED") return new Set();
      throw error;
    }
  }
}
