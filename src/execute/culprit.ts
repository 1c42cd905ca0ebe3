/** Whose fault an error may be: what a node's job threw, and nothing that went wrong on our side of it. */
import type { BuildNode } from "./ports.ts";

const culprits = new WeakMap<Error, BuildNode | undefined>();

/** Notes where an error came from; what was noted first counts. Undefined acquits all nodes. */
export function blame(error: unknown, node: BuildNode | undefined): void {
  if (error instanceof Error && !culprits.has(error)) culprits.set(error, node);
}

/** The node that an error came from; undefined for everything else that can go wrong. */
export function culpritOf(error: unknown): BuildNode | undefined {
  return error instanceof Error ? culprits.get(error) : undefined;
}
