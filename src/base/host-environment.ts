/** What of the machine the drivers go by, handed in so that finding an endpoint is a function of it. */
import { homedir } from "node:os";
import { join } from "node:path";
import { env, platform } from "node:process";

export interface HostEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
}

/** The machine this process runs on. */
export function hostEnvironment(): HostEnvironment {
  return { variables: env, homeFolder: homedir(), platform };
}

/** A variable's value; unset and empty are the same, as the docker command line has it. */
export function variable(environment: HostEnvironment, name: string): string | undefined {
  const value = environment.variables[name];
  return value === "" ? undefined : value;
}

/** The folder of docker's config.json: `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigFolder(environment: HostEnvironment): string {
  return variable(environment, "DOCKER_CONFIG") ?? join(environment.homeFolder, ".docker");
}
