/** The same build file through `docker buildx bake` and through `tsbake build`, one after the other, on one engine. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { buildx } from "../../engine/buildx.ts";
import type { EngineFound } from "../../engine/global-setup.ts";
import type { Finished } from "../../engine/run-process.ts";
import { tsbake } from "../program.ts";
import { isRecord, type Json } from "./mask.ts";
import { readOutput } from "./read-output.ts";
import { buildFile, type Row } from "./row.ts";

/** What one program made. */
export interface Side {
  readonly finished: Finished;
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
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names of the environment that the build file refers to. */
  readonly variables?: readonly string[];
  /** Looks at what is written elsewhere than in `out`. */
  readonly look?: () => Promise<Side["seen"]>;
}

const allow = ["network.host", "security.insecure", "fs=*", "ssh"].map((privilege) => `--allow=${privilege}`);

/** Runs both to their end; what they made has the same names on both sides. */
export async function runBoth({
  engine,
  folder,
  rows,
  args = [],
  env = {},
  variables = [],
  look,
}: Both): Promise<Sides> {
  if (engine.buildxPath === undefined) throw new Error("no buildx on this machine");
  const { buildxPath, dockerHost } = engine;
  const home = join(dirname(folder), "home");
  await writeFile(join(folder, "docker-bake.hcl"), buildFile(rows, variables));
  const targets = rows.map(({ name }) => name);
  const words = ["--metadata-file=out/metadata.json", "--progress=plain", ...args, ...targets];
  const side = async (run: () => Promise<Finished>): Promise<Side> => {
    await rm(join(folder, "out"), { recursive: true, force: true });
    await mkdir(join(folder, "out"));
    const finished = await run();
    if (finished.code !== 0)
      throw new Error(`ended with ${finished.code}:\n${finished.stderr.split("\n").slice(-12).join("\n")}`);
    const { metadata = {}, ...outputs } = await readAll(join(folder, "out"));
    const seen = (await look?.()) ?? {};
    return { finished, outputs, metadata: isRecord(metadata) ? metadata : {}, seen };
  };
  return {
    buildx: await side(() =>
      buildx({ buildxPath, dockerHost, configFolder: home, cwd: folder, env }, ["bake", ...allow, ...words]),
    ),
    tsbake: await side(() =>
      tsbake(["build", ...allow, ...words], {
        cwd: folder,
        dockerHost,
        env: { DOCKER_CONFIG: join(home, "docker"), BUILDX_CONFIG: join(home, "buildx"), ...env },
      }),
    ),
  };
}

async function readAll(folder: string): Promise<Side["outputs"]> {
  const read = (await readdir(folder)).map(async (name) => [parse(name).name, await readOutput(join(folder, name))]);
  return Object.fromEntries(await Promise.all(read));
}
