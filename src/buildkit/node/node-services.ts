/** What the builds of one node share. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { SharedTask } from "../../base/shared-task.ts";
import type { SessionService } from "../session/session.ts";
import type { ProvenanceDetail } from "../solve/recorded-provenance.ts";
import type { PlanningFacts } from "../target/solve-plan.ts";
import type { NodeConnection } from "./node-connection.ts";
import type { SharedFolders } from "./shared-folders.ts";
import type { NodeTransport } from "./transport.ts";

export interface NodeServices {
  readonly transport: NodeTransport;
  readonly host: HostEnvironment;
  readonly connection: NodeConnection;
  readonly sharedFolders: SharedFolders;
  readonly registryAuth: SessionService;
  /** By address: each is downloaded once. */
  readonly dockerfiles: Map<string, SharedTask<string>>;
  readonly now: () => number;
  /** Given when answers are to tell what the daemon recorded of how a build came about. */
  readonly provenance?: ProvenanceDetail;
  /** Asked of the daemon once. */
  readonly facts: (signal: AbortSignal) => Promise<PlanningFacts>;
}
