/** A node as builds are placed on it. */
import type { BuildNode, NodeCapabilities } from "./ports.ts";

export interface Place {
  readonly node: BuildNode;
  readonly capabilities: NodeCapabilities;
}
