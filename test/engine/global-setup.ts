import { stderr } from "node:process";
import type { TestProject } from "vitest/node";
import { openCacheFolder } from "./cache-folder.ts";
import { type Engine, ensureEngine, type Unavailable } from "./engine.ts";
import { findProgram, obtainPrograms, type ProgramName } from "./programs.ts";

/** What tests are told of the engine, or why there is none. Plain data: it crosses from vitest's main process to its workers. */
export type EngineInfo = EngineFound | Unavailable;

export interface EngineFound extends ToolPaths {
  readonly available: true;
  readonly dockerHost: string;
  /** The engine's socket, when `dockerHost` is one. */
  readonly socket: string | undefined;
  readonly version: string;
  readonly cacheFolder: string;
}

/** Paths of programs that tests set up or compare with; undefined where this machine has none. */
export interface ToolPaths {
  readonly buildxPath: string | undefined;
  readonly registryPath: string | undefined;
  readonly busyboxPath: string | undefined;
  readonly dockerPath: string | undefined;
  readonly umociPath: string | undefined;
  readonly skopeoPath: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly engine: EngineInfo;
  }
}

/** vitest's globalSetup: one engine for the whole run, ended with it if this run was what it lived for. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await ensureEngine();
  if (!engine.available) {
    stderr.write(`Tests that need a Docker engine are skipped: ${engine.reason}\n`);
    project.provide("engine", engine);
    return async () => {};
  }
  project.provide("engine", await inform(engine, await openCacheFolder()));
  return () => engine.stop();
}

async function inform(engine: Engine, cacheFolder: string): Promise<EngineFound> {
  const paths = await findTools(cacheFolder);
  const socket = engine.dockerHost.startsWith("unix://") ? engine.dockerHost.slice("unix://".length) : undefined;
  return { available: true, dockerHost: engine.dockerHost, socket, version: engine.version, cacheFolder, ...paths };
}

async function findTools(cacheFolder: string): Promise<ToolPaths> {
  const names = ["docker-buildx", "docker", "docker-registry", "busybox", "umoci", "skopeo"] as const;
  const obtained: Partial<Record<ProgramName, string>> = await obtainPrograms(cacheFolder, names).catch(() => ({}));
  const path = async (name: ProgramName): Promise<string | undefined> => obtained[name] ?? (await findProgram(name));
  return {
    buildxPath: await path("docker-buildx"),
    registryPath: await path("docker-registry"),
    busyboxPath: await path("busybox"),
    dockerPath: await path("docker"),
    umociPath: await path("umoci"),
    skopeoPath: await path("skopeo"),
  };
}
