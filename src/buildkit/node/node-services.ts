/** What the builds of one node share. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { SessionService } from "../session/session.ts";
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
  readonly now: () => number;
  /** Asked of the daemon once. */
  readonly facts: (signal: AbortSignal) => Promise<PlanningFacts>;
}
