import { stderr, stdout } from "node:process";
import { openCacheFolder } from "./cache-folder.ts";
import { findOurs, startOurs, stopOurs, sweepOurs } from "./engine.ts";
import { enginePrograms, obtainPrograms } from "./programs.ts";
import { quote } from "./quote.ts";

const usage = `usage: node test/engine/run.mjs start | stop [--force] | sweep | env

  start   starts the test engine, or keeps the running one, until stop; prints its environment
  stop    ends it and removes all it made; refuses while tests use it unless --force
  sweep   ends it if no tests use it and it was not started by hand
  env     prints how to reach it, for eval in a shell
`;

const handyPrograms = ["docker-buildx", "docker-registry", "busybox", "umoci", "skopeo"] as const;

/** The engine by hand. Returns the exit code: 0 done, 1 not possible, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...flags] = args;
  const force = flags.includes("--force");
  try {
    if (command === "start" && flags.length === 0) {
      await obtainPrograms(await openCacheFolder(), [...enginePrograms, ...handyPrograms]);
      return await print(await startOurs());
    }
    if (command === "sweep" && flags.length === 0) return await sweep();
    if (command === "env" && flags.length === 0) return await print(await findOurs());
    if (command === "stop" && flags.length === (force ? 1 : 0)) return await stop(force);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  stderr.write(usage);
  return 2;
}

async function print(dockerHost: string | undefined): Promise<number> {
  if (dockerHost === undefined) {
    stderr.write("The test engine is not running: node test/engine/run.mjs start\n");
    return 1;
  }
  const programs = await obtainPrograms(await openCacheFolder(), handyPrograms);
  const variables = {
    DOCKER_HOST: dockerHost,
    BUILDX: programs["docker-buildx"],
    DOCKER_REGISTRY: programs["docker-registry"],
    BUSYBOX: programs.busybox,
    UMOCI: programs.umoci,
    SKOPEO: programs.skopeo,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  stdout.write(lines.join(""));
  return 0;
}

async function sweep(): Promise<number> {
  await sweepOurs();
  return 0;
}

async function stop(force: boolean): Promise<number> {
  if ((await stopOurs({ force })) === "ended") return 0;
  stderr.write("Tests are using the engine; stop --force ends it under them.\n");
  return 1;
}
