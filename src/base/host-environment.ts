/** What of the machine decides where things are, handed in so that finding them is a function of it. */

export interface HostEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
}

/** A variable's value; unset and empty are the same, as the docker command line has it. */
export function variable(environment: HostEnvironment, name: string): string | undefined {
  const value = environment.variables[name];
  return value === "" ? undefined : value;
}

/** The folder of docker's config.json: `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigFolder(environment: HostEnvironment): string {
  return variable(environment, "DOCKER_CONFIG") ?? `${environment.homeFolder}/.docker`;
}
