/** A Docker engine that images are loaded into. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { EngineLoad } from "../../exporters/engine-load/engine.ts";
import type { EngineClient, EngineInfo } from "../engine-api/client.ts";
import { lackingChains, lackingContent } from "../engine-api/held-layers.ts";
import { type DockerChoice, resolveDockerEndpoint } from "./endpoint.ts";
import { engineClient } from "./open.ts";

const answerWithinMs = 10_000;

/** Rejects with a TsbakeError when there is no such context; whether an engine is there shows at the first call. */
export async function openEngineLoad(environment: HostEnvironment, choice: DockerChoice): Promise<EngineLoad> {
  return engineLoad(engineClient(await resolveDockerEndpoint(environment, choice), environment));
}

export function engineLoad(client: EngineClient): EngineLoad {
  let asked: Promise<EngineInfo> | undefined;
  const info = (): Promise<EngineInfo> => {
    asked ??= client.info(AbortSignal.timeout(answerWithinMs)).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
  const chains = new Map<string, readonly string[]>();
  return {
    takesOci: async () => (await info()).containerdStore,
    load: (archive, signal) => client.loadImages(archive, signal),
    has: (digest, signal) => client.hasImage(digest, signal),
    tag: (digest, name, signal) => client.tagImage(digest, name, signal),
    lacking: async (layers, signal) =>
      (await info()).containerdStore
        ? lackingContent(client, layers, signal)
        : lackingChains(client, { layers, known: chains, signal }),
  };
}
