/** The same build file through `docker buildx bake` and through `tsbake build`, one after the other, on one engine. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import type { EngineFound } from "../../engine/global-setup.ts";
import { type Finished, tryRun } from "../../engine/run-process.ts";
import { program } from "../program.ts";
import { isRecord, type Json } from "./mask.ts";
import { readOutput } from "./read-output.ts";
import { buildFile, type Row } from "./row.ts";

/** What one program made. */
export interface Side {
  /** By the name in the folder `out`, without its ending. */
  readonly outputs: { readonly [name: string]: Json };
  /** By target. */
  readonly metadata: { readonly [name: string]: Json };
  /** What `look` found before the other program began. */
  readonly seen: { readonly [name: string]: Json };
}

export interface Sides {
  readonly buildx: Side;
  readonly tsbake: Side;
}

export interface Both {
  readonly engine: EngineFound;
  /** Where both run; its folder `out` is emptied in between. */
  readonly folder: string;
  readonly rows: readonly Row[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names of the environment that the build file refers to. */
  readonly variables?: readonly string[];
  /** Looks at what is written elsewhere than in `out`. */
  readonly look?: () => Promise<Side["seen"]>;
}

const allow = ["network.host", "fs=*", "ssh"].map((privilege) => `--allow=${privilege}`);

/** Runs a program in the folder with the arguments that bake and build have in common, and says how it went. */
export type Program = (...args: readonly string[]) => Promise<Finished>;

export interface Programs {
  readonly buildx: Program;
  readonly tsbake: Program;
}

/** Both programs in one environment. Standard output goes to the file `stdoutFile` of the folder, if one is given. */
export function programsIn(
  { engine, folder, env = {} }: Pick<Both, "engine" | "folder" | "env">,
  stdoutFile?: string,
): Programs {
  const { buildxPath, dockerHost } = engine;
  if (buildxPath === undefined) throw new Error("no buildx on this machine");
  const home = join(dirname(folder), "home");
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    DOCKER_HOST: dockerHost,
    DOCKER_CONFIG: join(home, "docker"),
    BUILDX_CONFIG: join(home, "buildx"),
    TSBAKE_CACHE_DIR: join(home, "cache"),
    ...env,
  };
  const run =
    (...words: readonly string[]): Program =>
    async (...args) => {
      await mkdir(join(home, "docker"), { recursive: true });
      const redirect = stdoutFile === undefined ? 'exec "$@"' : `exec "$@" > '${stdoutFile}'`;
      return tryRun("sh", ["-c", redirect, "sh", ...words, ...allow, ...args], { cwd: folder, env: environment });
    };
  return { buildx: run(buildxPath, "bake"), tsbake: run(process.execPath, program, "build") };
}

/** Runs both to their end; what they made has the same names on both sides. */
export async function runBoth(both: Both): Promise<Sides> {
  const { folder, rows, variables = [], look } = both;
  const programs = programsIn(both);
  await writeFile(join(folder, "docker-bake.hcl"), buildFile(rows, variables));
  const words = ["--metadata-file=out/metadata.json", "--progress=plain", ...rows.map(({ name }) => name)];
  const side = async (run: Program): Promise<Side> => {
    await rm(join(folder, "out"), { recursive: true, force: true });
    await mkdir(join(folder, "out"));
    const finished = await run(...words);
    if (finished.code !== 0) {
      throw new Error(`ended with ${finished.code}:\n${finished.stderr.split("\n").slice(-12).join("\n")}`);
    }
    const { metadata = {}, ...outputs } = await readAll(join(folder, "out"));
    return { outputs, metadata: isRecord(metadata) ? metadata : {}, seen: (await look?.()) ?? {} };
  };
  return { buildx: await side(programs.buildx), tsbake: await side(programs.tsbake) };
}

async function readAll(folder: string): Promise<Side["outputs"]> {
  const read = (await readdir(folder)).map(async (name) => [parse(name).name, await readOutput(join(folder, name))]);
  return Object.fromEntries(await Promise.all(read));
}
