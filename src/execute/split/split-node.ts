/** Several nodes as one: each builds its platforms of a target, and the results are put together. */
import { enumerate } from "../../base/text.ts";
import { namedPlatforms } from "../platform-fit.ts";
import type { BuildNode, ExporterPort, NodeCapabilities, SolveContext, SolveJob, SolveRequest } from "../ports.ts";
import type { Assignment } from "./assign-platforms.ts";
import { SplitJob } from "./split-job.ts";

/** What one node is asked for. */
export interface PartRequest {
  readonly node: BuildNode;
  readonly request: SolveRequest;
}

export class SplitNode implements BuildNode {
  readonly name: string;
  readonly description: string;
  readonly #assignments: readonly Assignment[];
  readonly #exporters: ExporterPort;

  constructor(assignments: readonly Assignment[], exporters: ExporterPort) {
    this.#assignments = assignments;
    this.#exporters = exporters;
    this.name = enumerate(assignments.map(({ place }) => place.node.name));
    this.description = enumerate(assignments.map(({ place }) => place.node.description));
  }

  get nodes(): readonly BuildNode[] {
    return this.#assignments.map(({ place }) => place.node);
  }

  /** What all of its nodes can do; of platforms, what each does for itself. */
  get combined(): NodeCapabilities {
    const all = this.#assignments.map(({ place }) => place.capabilities);
    const [first = { exporters: new Set<string>() }] = all;
    const platforms = this.#assignments.flatMap((each) => each.platforms);
    return {
      platforms,
      imageStore: "none",
      exporters: new Set([...first.exporters].filter((type) => all.every(({ exporters }) => exporters.has(type)))),
    };
  }

  readonly capabilities = async (): Promise<NodeCapabilities> => this.combined;

  /** A build that needs one node is asked of that one as it is. */
  partsOf(request: SolveRequest): readonly PartRequest[] {
    const wanted = new Set(namedPlatforms(request.target.platforms));
    const parts = this.#assignments.flatMap(({ place, platforms }) => {
      const own = platforms.filter((platform) => wanted.has(platform));
      return own.length === 0 ? [] : [{ node: place.node, platforms: own }];
    });
    const [only] = parts;
    if (parts.length < 2) return only === undefined ? [] : [{ node: only.node, request }];
    return parts.map(({ node, platforms }, index) => ({
      node,
      request: {
        ...request,
        target: {
          ...request.target,
          platforms,
          // Two nodes that write one cache would write over each other.
          cacheTo: request.target.cacheTo.filter(({ type }) => index === 0 || type === "inline"),
        },
        export: this.#exporters.partOf?.(request.export) ?? request.export,
        part: true,
      },
    }));
  }

  /** Its nodes are told of their parts together with what else they are to do. */
  share(): void {}

  start(request: SolveRequest, context: SolveContext): SolveJob {
    return new SplitJob(this.partsOf(request), { request, context, exporters: this.#exporters });
  }

  /** The nodes belong to the builder. */
  async close(): Promise<void> {}
}
