import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { type Finished, tryRun } from "./run-process.ts";

export interface BuildxOptions {
  readonly buildxPath: string;
  readonly dockerHost: string;
  /** Holds buildx's builders and Docker's configuration, so that tests neither see nor change the user's. */
  readonly configFolder: string;
  readonly cwd: string;
}

/** Runs buildx 0.29, which tests compare with, and says how it went. */
export async function buildx(options: BuildxOptions, args: readonly string[]): Promise<Finished> {
  const docker = join(options.configFolder, "docker");
  const builders = join(options.configFolder, "buildx");
  await mkdir(docker, { recursive: true });
  await mkdir(builders, { recursive: true });
  return tryRun(options.buildxPath, args, {
    cwd: options.cwd,
    env: {
      ...env,
      DOCKER_HOST: options.dockerHost,
      DOCKER_CONFIG: docker,
      BUILDX_CONFIG: builders,
      BUILDX_BUILDER: undefined,
      DOCKER_CONTEXT: undefined,
    },
  });
}
