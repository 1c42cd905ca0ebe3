/** The docker driver: builds on the BuildKit inside a Docker engine. */
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import { openBuildkitNode } from "../../buildkit/node/node.ts";
import type { NodeTransport } from "../../buildkit/node/transport.ts";
import type { ProvenanceDetail } from "../../buildkit/solve/recorded-provenance.ts";
import type { BuildNode } from "../../execute/ports.ts";
import { EngineClient } from "../engine-api/client.ts";
import { engineUnreachable } from "../engine-api/unreachable.ts";
import { type DockerChoice, type DockerEndpoint, resolveDockerEndpoint } from "./endpoint.ts";

export interface DockerNodeOptions extends DockerChoice {
  readonly environment: HostEnvironment;
  /** Of the node; the docker context's name by default. */
  readonly name?: string;
  readonly provenance?: ProvenanceDetail;
}

/**
 * Opens the engine of the given context or address, or the one in force. Rejects with a TsbakeError when there is no such context or
 * the address cannot be used; whether an engine is there shows at the first call.
 */
export async function openDockerNode(options: DockerNodeOptions): Promise<BuildNode> {
  const { environment, name, provenance, ...choice } = options;
  const endpoint = await resolveDockerEndpoint(environment, choice);
  return openBuildkitNode({
    transport: engineTransport(endpoint, engineClient(endpoint, environment), name ?? endpoint.context),
    host: environment,
    proxyArguments: endpoint.proxyArguments,
    ...(provenance === undefined ? {} : { provenance }),
  });
}

/** A client of the engine's own API, for loading images into it and for asking whether it is there. */
export function engineClient(endpoint: DockerEndpoint, environment: HostEnvironment): EngineClient {
  const apiVersion = variable(environment, "DOCKER_API_VERSION");
  return new EngineClient(endpoint, apiVersion === undefined ? {} : { apiVersion });
}

function engineTransport(endpoint: DockerEndpoint, client: EngineClient, name: string): NodeTransport {
  return {
    name,
    description: `docker (${endpoint.host})`,
    kind: "docker-engine",
    authority: "localhost",
    dial: (signal) => client.upgrade("/grpc", signal),
    dialSession: (metadata, signal) => client.upgrade("/session", signal, metadata),
    readyWithinMs: 0,
    readyWhenDialled: true,
    explain: (error) => engineUnreachable(endpoint, error),
  };
}
