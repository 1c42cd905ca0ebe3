/** The embedded driver: builds in this process, without any daemon. */
import { resolve } from "node:path";
import { dockerConfigFolder, type HostEnvironment } from "../../base/host-environment.ts";
import { openEngineNode } from "../../engine/solve/node.ts";
import { locateCache } from "../../engine/store/locate.ts";
import type { BuildNode } from "../../execute/ports.ts";
import { embeddedExporters } from "../../exporters/embedded/write-export.ts";
import { loadDockerConfig, proxyBuildArguments } from "../docker/config-file.ts";
import { resultWriter } from "./result-writer.ts";

export interface EmbeddedNodeOptions {
  readonly name: string;
  readonly environment: HostEnvironment;
  readonly beforeCommands?: () => Promise<void>;
  /** Absolute. Where a relative folder of the cache is. Default: the working folder of the process. */
  readonly workingFolder?: string;
}

/** Rejects with a TsbakeError when the cache folder cannot be used. */
export async function openEmbeddedNode({
  name,
  environment,
  beforeCommands,
  workingFolder = process.cwd(),
}: EmbeddedNodeOptions): Promise<BuildNode> {
  const config = await loadDockerConfig(dockerConfigFolder(environment));
  return openEngineNode({
    name,
    host: environment,
    cacheFolder: resolve(workingFolder, locateCache(environment)),
    writeResult: resultWriter,
    exporters: embeddedExporters,
    proxyArguments: proxyBuildArguments(config, "default"),
    ...(beforeCommands === undefined ? {} : { beforeCommands }),
  });
}
