/** What steps are done with. Opened once a node. */

import type { HostEnvironment } from "../../base/host-environment.ts";
import type { Redaction } from "../../base/redaction.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { LayerStore } from "../layer/layer.ts";
import type { Sandbox } from "../run/request.ts";
import type { Sources } from "../source/sources.ts";
import type { EngineStore } from "../store/store.ts";
import type { ContextTrees } from "./context-trees.ts";
import type { GrantedCommands } from "./granted-commands.ts";
import type { Troubles } from "./troubles.ts";

export interface EngineServices {
  readonly host: HostEnvironment;
  readonly store: EngineStore;
  readonly layers: LayerStore;
  readonly sources: Sources;
  readonly registry: RegistryClient;
  readonly contexts: ContextTrees;
  readonly granted: GrantedCommands;
  readonly troubles: Troubles;
  /** Of all builds: they share steps, and see each other's output. */
  readonly redaction: Redaction;
  /** Opened when a command is first run. */
  readonly sandbox: () => Promise<Sandbox>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
