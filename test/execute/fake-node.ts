/** A node that does nothing by itself: the test settles each operation. It checks that it is used as the contract demands. */
import type {
  BuildNode,
  NodeCapabilities,
  SolveContext,
  SolveJob,
  SolveRequest,
  SolveResult,
} from "../../src/execute/ports.ts";

export type OperationKind = "solve" | "finish" | "cleanup";

/** Something the node is busy with until the test settles it. */
export interface Operation {
  readonly kind: OperationKind;
  readonly node: string;
  readonly build: string;
  /** True for a job that only feeds the retry of another build. */
  readonly feeding: boolean;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

export class FakeNode implements BuildNode {
  readonly name: string;
  readonly description: string;
  readonly operations: Operation[];
  readonly shared: (readonly SolveRequest[])[] = [];
  readonly jobs: FakeJob[] = [];
  /** Broken promises of the caller. */
  readonly violations: string[] = [];
  readonly #capabilities: NodeCapabilities;

  /** Operations of several nodes may go to one list. */
  constructor(name: string, operations: Operation[] = [], capabilities: Partial<NodeCapabilities> = {}) {
    this.name = name;
    this.description = `fake ${name}`;
    this.operations = operations;
    this.#capabilities = {
      platforms: ["linux/amd64"],
      imageStore: "none",
      exporters: new Set(["image", "oci", "docker", "tar", "local"]),
      ...capabilities,
    };
  }

  readonly capabilities = async (signal: AbortSignal): Promise<NodeCapabilities> => {
    signal.throwIfAborted();
    return this.#capabilities;
  };

  readonly share = (requests: readonly SolveRequest[]): void => {
    if (this.jobs.length > 0) this.violations.push("share was called after a start");
    this.shared.push(requests);
  };

  readonly start = (request: SolveRequest, context: SolveContext): SolveJob => {
    const job = new FakeJob(this, request, context);
    this.jobs.push(job);
    return job;
  };

  readonly close = async (): Promise<void> => {};

  /** The operations of one kind under way, by build. */
  busyWith(kind: OperationKind): readonly string[] {
    return this.operations.filter((operation) => operation.kind === kind).map((operation) => operation.build);
  }

  find(kind: OperationKind, build: string): Operation {
    const found = this.operations.find((operation) => operation.kind === kind && operation.build === build);
    if (found === undefined) throw new Error(`${this.name} has no ${kind} of ${build} under way`);
    return found;
  }
}

export class FakeJob implements SolveJob {
  readonly request: SolveRequest;
  readonly context: SolveContext;
  readonly solved: Promise<void>;
  state: "solving" | "solved" | "finishing" | "ended" = "solving";
  readonly #node: FakeNode;

  constructor(node: FakeNode, request: SolveRequest, context: SolveContext) {
    this.#node = node;
    this.request = request;
    this.context = context;
    this.#checkFeeds();
    this.solved = this.#operation("solve").then(() => {
      this.#checkFeeds();
      this.state = "solved";
    });
  }

  readonly finish = async (): Promise<SolveResult> => {
    if (this.state !== "solved")
      this.#node.violations.push(`${this.request.build.id} was finished while ${this.state}`);
    this.state = "finishing";
    const { sink } = this.request.export;
    if (sink.kind === "folder" && !this.context.signal.aborted) await sink.open();
    await this.#operation("finish");
    this.state = "ended";
    return { response: new Map([["containerimage.digest", `sha256:${this.request.build.id}`]]), cached: false };
  };

  /** Those it is fed from must be alive until it has solved. */
  #checkFeeds(): void {
    const { id, links } = this.request.build;
    for (const name of links.keys()) {
      const feed = this.context.links.get(name);
      if (!(feed instanceof FakeJob) || feed.state !== "solved") {
        this.#node.violations.push(
          `${id} is fed by ${name}, which is ${feed instanceof FakeJob ? feed.state : "missing"}`,
        );
      }
    }
  }

  #operation(kind: OperationKind): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.context;
      const end = (operation: Operation): void => {
        signal.removeEventListener("abort", onAbort);
        this.#node.operations.splice(this.#node.operations.indexOf(operation), 1);
      };
      const make = (of: OperationKind, succeed: () => void): Operation => {
        const operation: Operation = {
          kind: of,
          node: this.#node.name,
          build: this.request.build.id,
          feeding: this.request.linkedTo && this.request.export.exporter === undefined,
          succeed: () => {
            end(operation);
            succeed();
          },
          fail: (error) => {
            end(operation);
            this.state = "ended";
            reject(error);
          },
        };
        this.#node.operations.push(operation);
        return operation;
      };
      // Aborted work takes its time to end, as a real node's does.
      const cleanUp = (): void => {
        make("cleanup", () => {
          this.state = "ended";
          reject(signal.reason);
        });
      };
      const onAbort = (): void => {
        end(operation);
        cleanUp();
      };
      if (signal.aborted) {
        cleanUp();
        return;
      }
      const operation = make(kind, resolve);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
