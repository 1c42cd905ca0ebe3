import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import type { HostEnvironment } from "../../src/base/host-environment.ts";
import { openDockerNode } from "../../src/drivers/docker/open.ts";
import type { BuildEvent, StepEvent } from "../../src/events/event.ts";
import type { BuildNode, SolveJob, SolveRequest, SolveResult } from "../../src/execute/ports.ts";
import type { EngineFound } from "../engine/global-setup.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test. */
export function afterTest(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

/** Makes a folder with the given files, removed after the test. */
export async function folderWith(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-solve-"));
  afterTest(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await addFiles(folder, files);
  return folder;
}

export async function addFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** A folder with busybox as `busybox`, and a Dockerfile of the lines after one that makes it `/bin/sh`. */
export async function busyboxFolder(engine: EngineFound, lines: readonly string[]): Promise<string> {
  const folder = await folderWith({ Dockerfile: busyboxDockerfile(lines) });
  if (engine.busyboxPath === undefined) throw new Error("the tests need busybox");
  await copyFile(engine.busyboxPath, join(folder, "busybox"));
  return folder;
}

/** `seed` keeps one test's cache from another's. */
export function busyboxDockerfile(lines: readonly string[], seed: string = randomUUID()): string {
  const base = ["FROM scratch AS base", "COPY busybox /bin/busybox", "COPY busybox /bin/sh", `ENV SEED=${seed}`];
  return [...base, ...lines, ""].join("\n");
}

/** The environment of a user without any docker configuration, on the engine under test. */
export async function environmentFor(engine: EngineFound): Promise<HostEnvironment> {
  const home = await folderWith();
  const variables = { DOCKER_HOST: engine.dockerHost, DOCKER_CONFIG: join(home, ".docker"), PATH: process.env.PATH };
  return { variables, homeFolder: home, platform: process.platform };
}

export async function dockerNode(engine: EngineFound): Promise<BuildNode> {
  const node = await openDockerNode({ environment: await environmentFor(engine) });
  afterTest(() => node.close());
  return node;
}

export interface Started {
  readonly job: SolveJob;
  readonly events: readonly BuildEvent[];
  /** The last that was said of each step, by name. */
  readonly steps: () => ReadonlyMap<string, StepEvent>;
  readonly logs: () => string;
  /** Bytes sent of each folder, all transfers together. */
  readonly sent: (folder: string) => number;
}

export interface StartOptions {
  readonly signal?: AbortSignal;
  readonly links?: Readonly<Record<string, SolveJob>>;
  readonly onEvent?: (event: BuildEvent) => void;
}

export function start(node: BuildNode, request: SolveRequest, options: StartOptions = {}): Started {
  const events: BuildEvent[] = [];
  const emit = (event: BuildEvent): void => {
    events.push(event);
    options.onEvent?.(event);
  };
  const links = new Map(Object.entries(options.links ?? {}));
  const job = node.start(request, { signal: options.signal ?? new AbortController().signal, emit, links });
  return {
    job,
    events,
    steps: () => new Map(events.flatMap((event) => (event.type === "step" ? [[event.name, event]] : []))),
    logs: () => Buffer.concat(events.flatMap((event) => (event.type === "step-log" ? [event.data] : []))).toString(),
    sent: (folder) =>
      events.reduce(
        (sum, event) => sum + (event.type === "transfer" && event.name === folder && event.done ? event.bytes : 0),
        0,
      ),
  };
}

export interface Built extends Started {
  readonly result: SolveResult;
}

export async function build(node: BuildNode, request: SolveRequest, options: StartOptions = {}): Promise<Built> {
  const started = start(node, request, options);
  await started.job.solved;
  return { ...started, result: await started.job.finish() };
}
