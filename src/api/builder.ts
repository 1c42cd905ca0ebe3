/** Which builder a run uses, and its nodes. */
import type { HostEnvironment } from "../base/host-environment.ts";
import { resolveDockerEndpoint } from "../drivers/docker/endpoint.ts";
import { openNode } from "../drivers/open-node.ts";
import { thisMachine } from "../drivers/this-machine.ts";
import type { BuildNode } from "../execute/ports.ts";
import type { EngineLoad } from "../exporters/load.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Builder {
  /** For people. */
  readonly name: string;
  readonly nodes: readonly BuildNode[];
  /** Where docker outputs of nodes that are no Docker engine are loaded. */
  readonly engineLoad: (context: string | undefined) => Promise<EngineLoad>;
}

/**
 * An address (`unix://`, `tcp://`, …) is a remote daemon; a name is a docker context; without either it is the Docker engine of the
 * context in force. Throws a TsbakeError when there is no such thing. Whoever opens it closes its nodes.
 */
export async function openBuilder(name: string | undefined, surroundings: Surroundings): Promise<Builder> {
  const environment = hostOf(surroundings);
  const wanted = name ?? chosenByEnvironment(environment);
  const node = await openNode(configurationOf(wanted), environment);
  return { name: node.description, nodes: [node], engineLoad: (context) => openEngine(context, environment) };
}

function configurationOf(wanted: string | undefined) {
  if (wanted?.includes("://")) return { name: "remote", driver: "remote", endpoint: wanted };
  if (wanted === undefined || wanted === "default") return { name: "default", driver: "docker" };
  return { name: wanted, driver: "docker", endpoint: wanted };
}

function chosenByEnvironment({ variables }: HostEnvironment): string | undefined {
  return variables.TSBAKE_BUILDER || variables.BUILDX_BUILDER || undefined;
}

async function openEngine(context: string | undefined, environment: HostEnvironment): Promise<EngineLoad> {
  const { engineClient } = await import("../drivers/docker/open.ts");
  const endpoint = await resolveDockerEndpoint(environment, context === undefined ? {} : { context });
  const client = engineClient(endpoint, environment);
  return {
    takesOci: async () => (await client.info(AbortSignal.timeout(10_000))).containerdStore,
    load: (archive, signal) => client.loadImages(archive, signal),
  };
}

function hostOf({ environment }: Surroundings): HostEnvironment {
  return environment === undefined ? thisMachine() : { ...thisMachine(), variables: environment };
}
